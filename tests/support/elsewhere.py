"""The page as it is on AWS, where each model speaks for itself, in front of the local stack."""

import pytest

# The page knows by its API's address that it is at home, where one model speaks for all; another
# spelling of 127.0.0.1 is elsewhere.
ELSEWHERE = """new MutationObserver((_, observer) => {
  const api = document.querySelector('meta[name="forever-us:api"]');
  if (!api) return;
  api.content = api.content.replace('//127.0.0.1:', '//127.1:');
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });"""


@pytest.fixture
def on_aws(visit):
    """Opens browsers to which the local stack is not at home."""

    def make(**options: object):
        guest = visit(**options)
        guest.page.add_init_script(ELSEWHERE)
        return guest

    return make
