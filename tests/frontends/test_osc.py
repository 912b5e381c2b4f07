"""The OSC door over real sockets: python-osc's packets in and out."""

import socket
from pathlib import Path
from typing import Any

import pytest
from pythonosc import osc_bundle_builder
from pythonosc.osc_message_builder import build_msg
from pythonosc.tcp_client import SimpleTCPClient

from bridge import __version__
from bridge.errors import BridgeError, DaemonError
from bridge.events import Warned
from bridge.frontends.osc import OscServer
from bridge.frontends.osc_addresses import ADDRESSES
from bridge.frontends.osc_packet import BUNDLE, encode
from bridge.frontends.osc_replies import ERRORS_AT_ONCE, ErrorLimit
from bridge.job import State
from tests.frontends.osc_client import OscClient
from tests.frontends.osc_core import OscCore, answering, free_port, midi_bytes

TcpClient: Any = SimpleTCPClient  # it comes without types


def test_every_address_of_the_table_is_handled(server: OscServer) -> None:
    assert set(server._handlers) == {line.address for line in ADDRESSES}


def test_a_ping_is_answered_with_the_version(client: OscClient) -> None:
    assert client.ask("ping") == ("pong", [__version__])


def test_a_request_is_accepted_and_every_field_arrives(client: OscClient, core: OscCore) -> None:
    sent = ["bars", 8.0, "prompt", "悲伤的大提琴", "bpm", 120.1, "parts", "lead bass", "variations", 2, "random_seed", 5.0]
    assert client.ask("generate", "song-1", *sent) == ("accepted", ["song-1"])
    request = core.job("song-1").request
    assert (request.prompt, request.bars, request.bpm, request.parts) == ("悲伤的大提琴", 8, 120.1, ("lead", "bass"))
    assert (request.variations, request.random_seed, request.action) == (2, 5, "generate")
    assert core.job("song-1").reply_to == f"udp:127.0.0.1:{client.port}"


def test_pure_data_may_send_nothing_but_floats(client: OscClient, core: OscCore) -> None:
    assert client.ask("generate", 17.0, "clip", 3.0, "bars", 4.0, "bpm", 90.0) == ("accepted", ["17"])
    assert (core.job("17").request.clip, core.job("17").request.bars) == ("3", 4)


def test_a_clip_may_come_as_a_blob_inside_the_request(client: OscClient, core: OscCore, tmp_path: Path) -> None:
    assert client.ask("generate", "a", "clip", midi_bytes(tmp_path)) == ("accepted", ["a"])
    (order,) = core.orders
    assert order.uploads[str(order.fields["clip"])] == midi_bytes(tmp_path)


def test_repaint_and_extend_name_their_take(client: OscClient, core: OscCore) -> None:
    assert client.ask("repaint", "b", "a", "from_bar", 3, "to_bar", 5, "parts", "bass") == ("accepted", ["b"])
    assert client.ask("extend", "c", 17.0, "bars", 4, "section", "chorus") == ("accepted", ["c"])
    assert client.ask("extend", "d", "song/verse_b1_v001_a", "bars", 4) == ("accepted", ["d"])
    assert [(order.fields["action"], order.fields["take"]) for order in core.orders] == [
        ("repaint", "a"),
        ("extend", "17"),
        ("extend", "song/verse_b1_v001_a"),
    ]


@pytest.mark.parametrize(
    ("name", "arguments", "id_", "code", "reason"),
    [
        ("generate", [], "", "bad_id", "id: is missing"),
        ("generate", ["a b"], "", "bad_id", "is no id"),
        ("generate", ["a", "bars"], "a", "bad_arguments", "bars: has no value"),
        ("generate", ["a", "bars", 4, "bars", 5], "a", "bad_arguments", "bars: is given twice"),
        ("generate", ["a", 4, 5], "a", "bad_arguments", "argument 2 must be the name of a field, not 4"),
        ("generate", ["a", "barz", 5], "a", "unknown_field", "did you mean bars?"),
        ("generate", ["a", "bars", "many"], "a", "bad_value", "bars: must be a whole number"),
        ("generate", ["a", "bars", True], "a", "bad_value", "bars: must be a number"),
        ("generate", ["a", "prompt", b"blob"], "a", "bad_value", "prompt: may not be a blob"),
        ("generate", ["a", "action", "repaint"], "a", "unknown_field", "action: is said by the address"),
        ("repaint", ["a"], "a", "bad_value", "take: repaint needs the id"),
        ("extend", ["a", "b", "take", "c"], "a", "bad_arguments", "take: is given twice"),
        ("extend", ["a", "b", 4, "bars"], "a", "bad_arguments", "argument 3 must be the name of a field, not 4"),
        ("cancel", ["nobody"], "nobody", "unknown_job", "there is no job"),
        ("cancel", [], "", "bad_arguments", "the arguments are id; 0 came"),
        ("status", ["nobody"], "nobody", "unknown_job", "there is no job"),
        ("ping", [1], "", "bad_arguments", "there are no arguments; 1 came"),
        ("transport", ["bpm", "fast"], "", "bad_value", "bpm: must be a number"),
        ("transport", ["tempo", 3], "", "unknown_field", "tempo: unknown field"),
        ("reply_to", ["here"], "", "bad_value", "port: must be a whole number"),
        ("clip/blob", ["c", b"no midi"], "c", "bad_clip", "is no MIDI file"),
        ("clip/blob", ["c", "text"], "c", "bad_value", "blob: must be a blob"),
        ("clip/file", ["c", "../secret.mid"], "c", "unknown_clip", "outside"),
        ("clip/file", ["c", 5], "c", "bad_value", "path: must be text"),
        ("clip/notes", ["c"], "c", "bad_arguments", "index: is missing"),
        ("clip/begin", ["c", 1], "c", "bad_arguments", "the arguments are clip_id n_notes length_beats; 2 came"),
        ("clip/end", ["c"], "c", "unknown_clip", "no piece of it is here"),
        ("clip/stop", ["c"], "c", "not_recording", "is not being recorded"),
        ("generat", ["a"], "", "unknown_address", "did you mean /stepbridge/generate?"),
    ],
)
def test_what_is_wrong_is_answered_with_id_code_and_reason(
    client: OscClient, core: OscCore, name: str, arguments: list[Any], *, id_: str, code: str, reason: str
) -> None:
    address, answer = client.ask(name, *arguments)
    assert (address, answer[:2]) == ("error", [id_, code])
    assert reason in answer[2]
    assert not core.jobs()


def test_the_same_id_twice_is_one_job_and_repeats_how_it_ended(client: OscClient, core: OscCore) -> None:
    client.ask("generate", "a", "variations", 2)
    assert client.ask("generate", "a", "variations", 2) == ("accepted", ["a"])
    paths = [str(core.deliver("a", variation=number) / "manifest.json") for number in (1, 2)]
    assert [client.receive(), client.receive()] == [("done", ["a", path]) for path in paths]
    with OscClient(client._socket.getpeername()[1]) as other:
        other.send("generate", "a")
        assert [other.receive() for _ in range(3)] == [("accepted", ["a"]), *(("done", ["a", path]) for path in paths)]
    assert len(core.orders) == 1


def test_a_second_asker_of_a_job_that_runs_hears_of_it_too(client: OscClient, server: OscServer, core: OscCore) -> None:
    client.ask("generate", "a")
    with OscClient(server.port) as other:
        other.ask("generate", "a")
        core.fail("a", "engine_failed", "out of memory")
        assert other.receive() == client.receive() == ("error", ["a", "engine_failed", "out of memory"])
        assert client.ask("generate", "a") == ("accepted", ["a"])
        assert client.receive() == ("error", ["a", "engine_failed", "out of memory"])


def test_events_go_to_the_sender_of_the_request_and_to_no_one_else(client: OscClient, server: OscServer, core: OscCore) -> None:
    client.ask("generate", "a")
    with OscClient(server.port) as stranger:
        core.progress("a", 0.25, "compose")
        core.bus.publish(Warned("a", "the clip has no tempo"))
        assert client.receive() == ("progress", ["a", 0.25, "compose"])
        assert client.receive() == ("warning", ["a", "the clip has no tempo"])
        path = core.deliver("a")
        assert client.receive() == ("done", ["a", str(path / "manifest.json")])
        assert stranger.waiting() == []


def test_a_subscriber_hears_of_all_jobs_until_it_says_so(client: OscClient, server: OscServer, core: OscCore) -> None:
    with OscClient(server.port) as listener:
        listener.send("subscribe")
        listener.waiting()
        client.ask("generate", "a")
        assert listener.receive() == ("accepted", ["a"])
        core.progress("a", 0.5, "perform")
        assert listener.receive() == ("progress", ["a", 0.5, "perform"])
        listener.send("unsubscribe")
        listener.waiting()
        core.fail("a", "failed", "no")
        assert client.until("error")
        assert listener.waiting() == []


def test_a_sender_who_subscribes_too_hears_everything_once(client: OscClient, core: OscCore) -> None:
    client.send("subscribe")
    client.ask("generate", "a")
    core.fail("a", "failed", "no")
    assert client.receive() == ("error", ["a", "failed", "no"])
    assert client.waiting() == []


def test_progress_is_at_most_twenty_messages_a_second(client: OscClient, core: OscCore) -> None:
    client.ask("generate", "a")
    for number in range(1000):
        core.progress("a", number / 1000, "compose")
    core.fail("a", "failed", "no")
    answers = client.until("error")
    assert answers[0] == ("progress", ["a", 0.0, "compose"])
    assert len(answers) < 1000 / 4  # a thousand events take well under ten seconds


def test_a_cancelled_job_is_answered_once_and_again_when_asked_again(
    client: OscClient, server: OscServer, core: OscCore
) -> None:
    client.ask("generate", "a")
    with OscClient(server.port) as other:
        assert other.ask("cancel", "a") == ("cancelled", ["a"])
        assert client.receive() == ("cancelled", ["a"])
        assert other.ask("cancel", "a") == ("cancelled", ["a"])
        assert client.waiting() == []
    client.ask("generate", "b")
    core.deliver("b")
    client.until("done")
    assert client.ask("cancel", "b")[1][:2] == ["b", "already_over"]


def test_status_lists_what_is_going_on_and_what_ended_lately(
    client: OscClient, core: OscCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.frontends.osc.JOBS_OVER_MAX", 20)
    for number in range(30):
        client.ask("generate", f"old{number}")
        core.fail(f"old{number}", "failed", "no")
        client.until("error")
    client.ask("generate", "new")
    core.progress("new", 0.5, "perform")
    client.until("progress")
    assert client.ask("status", "new") == ("job", ["new", "running", 0.5, "perform"])
    client.send("status")
    listed = client.waiting()
    assert [answer[1][0] for answer in listed] == [*(f"old{number}" for number in range(10, 30)), "new"]


def test_replies_go_to_the_port_that_the_sender_named(server: OscServer, core: OscCore) -> None:
    with OscClient(server.port) as listener, OscClient(server.port) as sender, OscClient(server.port) as later:
        sender.send("reply_to", listener.port)
        assert listener.receive() == ("pong", [__version__])
        later.send("generate", "a")  # some clients use a new port for each message
        assert listener.receive() == ("accepted", ["a"])
        core.fail("a", "failed", "no")
        assert listener.receive() == ("error", ["a", "failed", "no"])
        assert later.ask("reply_to", 0) == ("pong", [__version__])
        assert sender.ask("generate", "b") == ("accepted", ["b"])


def test_a_clip_in_pieces_is_repaired_and_kept_exactly(client: OscClient, core: OscCore) -> None:
    client.send("clip/begin", "c", 3, 4.0)
    client.send("clip/notes", "c", 2, 64.0, 2 / 3, 1 / 3, 100.0)
    client.send("clip/notes", "c", 0, 60, 0, 1 / 3, 90)
    assert client.ask("clip/end", "c") == ("error", ["c", "missing", "1"])
    client.send("clip/notes", "c", 1, 62, 1 / 3, 1 / 3, 80)
    assert client.ask("clip/end", "c") == ("clip/ok", ["c", 3])
    third = 1 / 3
    assert core.notes("c") == [(0.0, third, 60, 90), (third, third, 62, 80), (2 * third, third, 64, 100)]
    assert core.length_beats("c") == 4.0
    assert client.ask("clip/end", "c") == ("clip/ok", ["c", 3])


def test_a_clip_comes_as_a_file_or_as_a_blob(client: OscClient, core: OscCore, tmp_path: Path) -> None:
    data = midi_bytes(tmp_path)
    assert client.ask("clip/blob", "c", data) == ("clip/ok", ["c", 1])
    assert client.ask("clip/file", "d", "clip.mid") == ("clip/ok", ["d", 1])
    assert core.clips == {"c": data, "d": data}


def test_the_transport_is_kept_with_playing_as_flag_or_number(client: OscClient, core: OscCore) -> None:
    client.send("transport", "bpm", 93.5, "meter", "6/8", "playing", 1.0, "position_beats", 16, "key", "D minor")
    assert client.waiting() == []
    assert (core.transport.bpm, core.transport.meter, core.transport.is_playing) == (93.5, "6/8", True)
    client.send("transport", "playing", False)
    client.waiting()
    assert (core.transport.bpm, core.transport.is_playing) == (93.5, False)


def test_a_surface_without_pairs_tells_tempo_and_play_one_by_one(client: OscClient, core: OscCore) -> None:
    client.send("transport/bpm", 97.3)
    client.send("transport/playing", 1.0)
    assert client.waiting() == []
    assert core.transport.bpm == pytest.approx(97.3)
    assert core.transport.is_playing


def test_a_bundle_with_a_distant_timetag_is_done_at_once_and_in_order(client: OscClient) -> None:
    inner = osc_bundle_builder.OscBundleBuilder(2_000_000_000)
    inner.add_content(build_msg("/stepbridge/generate", ["b"]))
    outer = osc_bundle_builder.OscBundleBuilder(2_000_000_000)
    outer.add_content(build_msg("/stepbridge/generate", ["a"]))
    outer.add_content(inner.build())
    outer.add_content(build_msg("/stepbridge/cancel", ["a"]))
    client.send_bytes(outer.build().dgram)
    assert [client.receive() for _ in range(3)] == [("accepted", ["a"]), ("accepted", ["b"]), ("cancelled", ["a"])]


def test_a_bundle_of_requests_is_remembered_with_one_write(client: OscClient, core: OscCore) -> None:
    packets = [encode("/stepbridge/generate", f"job{number}", "bars", 8) for number in range(200)]
    packets[100] = encode("/stepbridge/generate", "job100", "bars", -1)
    client.send_bytes(BUNDLE + bytes(8) + b"".join(len(packet).to_bytes(4, "big") + packet for packet in packets))
    answers = [client.receive() for _ in packets]
    assert core.bursts == [200]
    assert sorted(answer[1][0] for answer in answers if answer[0] == "accepted") == sorted(
        f"job{number}" for number in range(200) if number != 100
    )
    assert [answer[1][:2] for answer in answers if answer[0] == "error"] == [["job100", "bad_value"]]


@pytest.mark.parametrize("size", [9000, 65_507])
def test_a_datagram_of_any_size_is_read(client: OscClient, size: int) -> None:
    frame = len(encode("/stepbridge/clip/blob", "c", b""))
    address, answer = client.ask("clip/blob", "c", bytes((size - frame) // 4 * 4))
    assert (address, answer[:2]) == ("error", ["c", "bad_clip"])


def test_a_flood_of_nonsense_is_told_that_it_is_not_answered_any_more(client: OscClient) -> None:
    for _ in range(2 * int(ERRORS_AT_ONCE)):
        client.send_bytes(b"nonsense")
    answers = client.waiting()
    assert all(address == "error" and answer[:2] == ["", "bad_osc"] for address, answer in answers)
    assert ERRORS_AT_ONCE <= len(answers) < 2 * ERRORS_AT_ONCE
    assert any("the next ones are not answered" in answer[2] for _, answer in answers)


def test_the_error_limit_recovers_and_is_counted_for_each_sender() -> None:
    now = [0.0]
    limit = ErrorLimit(lambda: now[0])
    assert [limit.take("a") for _ in range(int(ERRORS_AT_ONCE) + 1)][-2:] == [1, 0]
    assert limit.take("b") == ERRORS_AT_ONCE
    now[0] = 0.5
    assert limit.take("a") == 50
    for number in range(5000):
        limit.take(f"spoofed{number}")
    assert len(limit._left) <= 1024


def test_a_bug_in_the_core_is_answered_and_the_door_stays_open(
    client: OscClient, core: OscCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(core, "submit_many", broken)
    monkeypatch.setattr(core, "jobs", broken)
    assert client.ask("generate", "a")[1][:2] == ["a", "failed"]
    assert client.ask("status")[1][:2] == ["", "failed"]
    assert client.ask("ping") == ("pong", [__version__])


def test_a_refusal_of_the_whole_burst_reaches_every_sender(
    client: OscClient, core: OscCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> Any:
        raise BridgeError("the disk is full", code="no_store")

    monkeypatch.setattr(core, "submit_many", refuse)
    assert client.ask("generate", "a") == ("error", ["a", "no_store", "the disk is full"])


def test_a_port_that_is_taken_is_said_clearly(server: OscServer, core: OscCore, tmp_path: Path) -> None:
    config = free_port(tmp_path)
    taken = config.model_copy(update={"osc": config.osc.model_copy(update={"port": server.port})})
    second = OscServer(core, taken, None)  # type: ignore[arg-type]
    with pytest.raises(DaemonError, match=rf"127\.0\.0\.1:{server.port} cannot be opened") as refusal:
        second.start()
    assert refusal.value.code == "port_in_use"


def test_what_is_going_on_is_answered_before_the_door_closes(core: OscCore, tmp_path: Path) -> None:
    with answering(core, tmp_path) as server, OscClient(server.port) as client:
        for number in range(300):
            client.send("generate", f"job{number}")
        client.receive()
    assert len(core.jobs(State.QUEUED)) >= 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
