"""The turn that the page takes: started, deltas, finished; stored, idempotent, stoppable."""

import threading
from dataclasses import replace

from handler.ids import new_id
from tests.support.waiting import until

# Seconds between two words, of a reply that a test stops.
ENDLESS = 600


def deltas(frames: list[dict]) -> list[dict]:
    return [frame for frame in frames if frame["type"] == "delta"]


def spoken(frames: list[dict]) -> str:
    return "".join(frame["text"] for frame in deltas(frames))


def stop(bench, connection: str, token: str) -> None:
    """Ends the turn that runs there."""
    reply_id = bench.frames(connection)[0]["reply_id"]
    assert bench.call("POST /messages/{id}/stop", token=token, id=reply_id).status == 202
    bench.invoker.settle()


def test_a_turn_gives_started_then_deltas_then_finished(bench, token, model):
    model.says("Once upon a time there was a turn.")
    message_id = new_id()
    frames = bench.chat("c1", token, "Tell me a story", message_id)
    started, *middle, finished = frames
    assert (started["type"], started["message_id"]) == ("started", message_id)
    assert spoken(middle) == "Once upon a time there was a turn."
    assert [frame["seq"] for frame in middle] == list(range(len(middle)))
    assert {frame["reply_id"] for frame in middle} == {started["reply_id"]}
    assert started["title"] == "Tell me a story"
    message = bench.call("GET /messages/{id}", token=token, id=started["reply_id"]).body
    assert finished == {
        "type": "finished",
        "reply_id": started["reply_id"],
        "message": message,
        "quota": finished["quota"],
    }
    assert (message["status"], message["text"]) == ("complete", spoken(middle))
    assert message["usage"] == {"input_tokens": 10, "output_tokens": 8, "cost_usd": 3.1e-06}
    assert (finished["quota"]["limit"], finished["quota"]["used"]) == (50, 1)


def test_a_turn_can_be_read_back(bench, token, model):
    model.says("An answer.")
    started = bench.chat("c1", token, "A question", new_id())[0]
    (conversation,) = bench.conversations(token)
    assert (conversation["id"], conversation["title"]) == (started["conversation_id"], "A question")
    page = bench.call("GET /conversations/{id}/messages", token=token, id=conversation["id"]).body
    assert [(m["role"], m["text"], m["status"]) for m in page["items"]] == [
        ("user", "A question", "complete"),
        ("assistant", "An answer.", "complete"),
    ]
    assert page["next_cursor"] is None
    reply = page["items"][1]
    assert bench.message(token, reply["id"]) == reply


def test_the_model_is_asked_by_mistrals_rules(bench, token, model):
    model.says("First.")
    model.says("Second.")
    conversation = bench.chat("c1", token, "One", new_id())[0]["conversation_id"]
    bench.chat("c1", token, "Two", new_id(), conversation_id=conversation)
    assert [(m["role"], m["content"][0]["text"]) for m in model.asked[1]["messages"]] == [
        ("user", "You are Forever Us.\n\nOne"),
        ("assistant", "First."),
        ("user", "Two"),
    ]
    assert model.asked[1]["inferenceConfig"]["maxTokens"] == 512
    assert "system" not in model.asked[1]


def test_the_question_is_stored_before_the_model_is_asked(bench, token, model):
    model.says(error="ModelErrorException", times=2)
    message_id = new_id()
    (started, failed) = bench.chat("c1", token, "Will this last?", message_id)
    assert (failed["type"], failed["message_id"], failed["code"], failed["retryable"]) == (
        "failed",
        message_id,
        "model_unavailable",
        True,
    )
    assert bench.message(token, message_id)["text"] == "Will this last?"
    assert bench.message(token, started["reply_id"])["status"] == "failed"


def test_a_turn_that_never_reached_the_model_gives_its_count_back(bench, token, model):
    model.says(error="ServiceUnavailableException")
    bench.chat("c1", token, "Hello?", new_id())
    assert bench.used(token) == 0


def test_the_same_message_again_gives_the_same_reply_and_never_asks_the_model_twice(
    bench, token, model
):
    model.says("Only once.")
    message_id = new_id()
    first = bench.chat("c1", token, "Hi", message_id)
    again = bench.chat("c2", token, "Hi", message_id)
    assert again[0] == first[0]
    assert spoken(again) == "Only once."
    assert again[-1] == first[-1]
    assert model.calls == 1
    assert bench.used(token) == 1
    over_http = bench.ask(token, "Hi", message_id=message_id)
    assert (over_http.body["reply"]["id"], over_http.body["reply"]["text"]) == (
        first[0]["reply_id"],
        "Only once.",
    )
    assert model.calls == 1


def test_the_same_message_from_two_sockets_at_once_gives_both_the_one_reply(bench, token, model):
    model.says("Shared by the two of you.", pace=0.4)
    frame = {"action": "chat", "token": token, "text": "Hi", "message_id": new_id()}
    bench.send("c1", frame)
    bench.send("c2", frame)
    bench.invoker.settle()
    assert spoken(bench.frames("c1")) == spoken(bench.frames("c2")) == "Shared by the two of you."
    assert bench.frames("c1")[0] == bench.frames("c2")[0]
    assert model.calls == 1
    assert bench.used(token) == 1


def test_a_failed_turn_can_be_tried_again_with_the_same_id(bench, token, model):
    model.says("Half of it is gone", exception_after=2)
    model.says("All of it.")
    message_id = new_id()
    first = bench.chat("c1", token, "Hi", message_id)
    assert first[-1]["type"] == "failed"
    reply_id = first[0]["reply_id"]
    partial = bench.message(token, reply_id)
    assert (partial["status"], partial["text"]) == ("failed", "Half of ")
    second = bench.chat("c1", token, "Hi", message_id)
    assert (second[0]["reply_id"], spoken(second), second[-1]["message"]["status"]) == (
        reply_id,
        "All of it.",
        "complete",
    )
    assert bench.message(token, reply_id)["text"] == "All of it."
    assert model.calls == 2


def test_a_try_that_was_given_up_does_not_end_the_next_one(bench, token, model):
    model.says("Half of it is gone", exception_after=2)
    message_id = new_id()
    bench.chat("c1", token, "Hi", message_id)
    model.says("Slow and steady", pace=ENDLESS)
    bench.begin("c2", token, "Hi", message_id=message_id)
    until(lambda: deltas(bench.frames("c2")), "the second try has begun")
    reply_id, store = bench.frames("c2")[0]["reply_id"], bench.store
    guest = bench.app.http.admission.guest(token)
    second = store.turn_log.turn(reply_id, guest.id)
    reply = store.messages.of_turn(second, "assistant", now=bench.app.http.clock())
    late = replace(reply, text="From the first try", status="complete")
    assert not store.replies.finish(replace(second, attempt=second.attempt - 1), late)
    assert bench.message(token, reply_id)["status"] == "streaming"
    stop(bench, "c2", token)


def test_a_second_turn_in_a_conversation_is_a_conflict_while_the_first_runs(bench, token, model):
    model.says("Done.")
    conversation = bench.chat("c1", token, "One", new_id())[0]["conversation_id"]
    model.says("Slow and steady", pace=ENDLESS)
    bench.begin("c2", token, "Two", conversation_id=conversation)
    until(lambda: deltas(bench.frames("c2")), "the second turn has begun")
    refused = bench.ask(token, "Three", conversation_id=conversation)
    assert (refused.status, refused.code) == (409, "conflict")
    stop(bench, "c2", token)
    assert bench.used(token) == 2


def test_of_many_turns_at_once_in_one_conversation_one_runs(bench, token, model):
    model.says("Done.", times=0)
    conversation = bench.chat("c0", token, "One", new_id())[0]["conversation_id"]
    model.faults.clear()
    # The last one comes while the first still runs.
    model.says("Slowly, one word after another", pace=ENDLESS, times=0)
    for n in range(6):
        frame = {
            "action": "chat",
            "token": token,
            "text": f"At once {n}",
            "message_id": new_id(),
            "conversation_id": conversation,
        }
        threading.Thread(target=bench.send, args=(f"c{n + 1}", frame)).start()
    until(lambda: all(bench.frames(f"c{n + 1}") for n in range(6)), "each turn has its answer")
    (running,) = [n for n in range(6) if bench.frames(f"c{n + 1}")[0]["type"] == "started"]
    until(lambda: deltas(bench.frames(f"c{running + 1}")), "the one that runs has its first word")
    stop(bench, f"c{running + 1}", token)
    last = [bench.frames(f"c{n + 1}")[-1] for n in range(6)]
    assert sorted(frame.get("code", "finished") for frame in last) == [
        *["conflict"] * 5,
        "finished",
    ]
    assert model.calls == 1
    assert bench.used(token) == 2
    page = bench.messages(token, conversation)
    assert len(page) == 4


def test_one_message_sent_many_times_at_once_over_both_apis_is_asked_once(bench, token, model):
    model.says("Slowly, one word after another", pace=0.2, times=0)
    ask = {"text": "Hi", "message_id": new_id()}
    answers = []

    def over_http() -> None:
        answers.append(bench.call("POST /chat", token=token, body=ask))

    threads = [
        threading.Thread(
            target=bench.send, args=(f"c{n}", {"action": "chat", "token": token, **ask})
        )
        for n in range(4)
    ]
    threads += [threading.Thread(target=over_http) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.invoker.settle()
    assert {spoken(bench.frames(f"c{n}")) for n in range(4)} == {"Slowly, one word after another"}
    assert {answer.body["reply"]["text"] for answer in answers} == {
        "Slowly, one word after another"
    }
    for n in range(4):
        assert [frame["type"] for frame in bench.frames(f"c{n}") if frame["type"] != "delta"] == [
            "started",
            "finished",
        ]
    assert model.calls == 1
    assert bench.used(token) == 1


def test_stop_ends_the_model_and_keeps_what_was_written(bench, token, model):
    model.says(reply_tokens=400, pace=0.05)
    bench.begin("c1", token, "Count")
    until(lambda: len(bench.frames("c1")) > 2, "the reply grows")
    reply_id = bench.frames("c1")[0]["reply_id"]
    assert bench.call("POST /messages/{id}/stop", token=token, id=reply_id).status == 202
    bench.invoker.settle()
    message = bench.message(token, reply_id)
    assert message["status"] == "stopped"
    assert message["text"].startswith("w0 w1 ")
    assert spoken(bench.frames("c1")) == message["text"]
    assert 0 < len(message["text"].split()) < 400
    assert message["usage"]["output_tokens"] > 0
    until(lambda: not model.faults.report()["running"], "the model ends after the stop")


def test_replacing_a_message_gives_way_to_the_new_turn(bench, token, model):
    for reply in ("First.", "Second.", "Other."):
        model.says(reply)
    conversation = bench.chat("c1", token, "One", new_id())[0]["conversation_id"]
    second = new_id()
    bench.chat("c1", token, "Two", second, conversation_id=conversation)
    bench.chat("c1", token, "Three", new_id(), conversation_id=conversation, replaces=second)
    page = bench.call("GET /conversations/{id}/messages", token=token, id=conversation).body
    assert [m["text"] for m in page["items"]] == ["One", "First.", "Three", "Other."]
    assert [m["content"][0]["text"] for m in model.asked[2]["messages"]][1:] == ["First.", "Three"]


def test_a_closed_connection_does_not_end_the_turn(bench, token, model):
    bench.connections.gone.add("c1")
    model.says("Nobody heard this.")
    message_id = new_id()
    bench.chat("c1", token, "Hi", message_id)
    (conversation,) = bench.conversations(token)
    page = bench.call("GET /conversations/{id}/messages", token=token, id=conversation["id"]).body
    assert page["items"][1]["text"] == "Nobody heard this."


def ended(model) -> bool:
    """Whether the model was asked, and writes no more."""
    counts = model.faults.report()
    return counts["calls"] and not counts["running"]


def test_a_slow_connection_does_not_hold_up_the_turn(bench, token, model):
    written = bench.connections.held["c1"] = threading.Event()
    model.says(reply_tokens=60)
    bench.begin("c1", token)
    until(lambda: ended(model), "the model has written all while the first frame is under way")
    assert bench.frames("c1") == []
    written.set()
    bench.invoker.settle()
    assert spoken(bench.frames("c1")) == "".join(f"w{n} " for n in range(60))


def test_a_connection_that_must_slow_down_loses_nothing(bench, token, model):
    bench.connections.limited = 3
    model.says("Every word arrives.")
    assert spoken(bench.chat("c1", token, "Hi", new_id())) == "Every word arrives."


def test_a_reply_of_300_tokens_takes_at_most_25_posts(bench, token, model):
    model.says(reply_tokens=300, pace=0.01)
    assert len(deltas(bench.chat("c1", token, "Hi", new_id()))) <= 25


def test_a_frame_that_is_no_turn_has_its_answer(bench, token):
    chat = {"action": "chat", "token": token, "text": "Hi", "message_id": new_id()}
    cases = [
        ("not json", "invalid_request"),
        ("[]", "invalid_request"),
        ({"action": "dance"}, "invalid_request"),
        ({"action": "chat", "text": "Hi"}, "unauthorized"),
        ({"action": "chat", "token": 7, "text": "Hi"}, "unauthorized"),
        (chat | {"token": "x"}, "unauthorized"),
        ({"action": "chat", "token": token, "text": "Hi"}, "invalid_request"),
        (chat | {"text": "  "}, "invalid_request"),
        (chat | {"x": 1}, "invalid_request"),
    ]
    for number, (frame, code) in enumerate(cases):
        assert bench.send(f"c{number}", frame) == {"statusCode": 200}
        assert [f["code"] for f in bench.frames(f"c{number}")] == [code], frame
    bench.send("ping", {"action": "ping"})
    assert bench.frames("ping") == [{"type": "pong"}]


def test_a_turn_that_cannot_be_handed_on_is_given_back(bench, token):
    bench.invoker.fails_with = "TooManyRequestsException"
    (failed,) = bench.chat("c1", token, "Hi", new_id())
    assert (failed["code"], failed["retryable"]) == ("rate_limited", True)
    assert bench.used(token) == 0


def test_a_turn_that_outlasts_its_function_ends_as_truncated(bench, token, model):
    model.says(reply_tokens=500, pace=0.05)
    bench.invoker.seconds = 20
    frames = bench.chat("c1", token, "Hi", new_id())
    assert frames[-1]["message"]["status"] == "truncated"
    assert spoken(frames).startswith("w0 w1 ")
