"""A reply's whole price besides the model stays within its target."""

from scripts.costs import measured


def test_a_thousand_replies_cost_at_most_the_target_besides_the_model():
    run = measured.last()
    assert run.usd() <= measured.TARGET_USD, f"{run.usd():.4f} USD: {run.bill()}"
