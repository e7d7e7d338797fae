package dev.tandem.task;

import dev.tandem.task.RequestRecord.Touched;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** One fixed value of each kind that is ever written, for the golden files. Add to these; never change one. */
final class GoldenRecords {
    private static final String UUID = "0190163d-8694-739b-aea5-966c26f8ad91";
    private static final long AT = 1_767_225_600_123L;
    private static final RetryPolicy RETRY = new RetryPolicy(3, 250, 5_000, 1_500);
    private static final TaskError ERROR = new TaskError("SMTP_REFUSED", "größer als erlaubt");
    private static final Map<String, String> LABELS = Map.of("team", "blue", "zone", "東京");
    private static final TaskSpec SPEC =
            new TaskSpec("mail", "welcome", -7, Bytes.of(new byte[] {0, 1, -1}), LABELS, RETRY, 86_400_000);

    private GoldenRecords() {}

    static Task full(Map<String, Part> parts) {
        return new Task(
                "default",
                UUID,
                4_711,
                SPEC,
                TaskState.PROCESSING,
                2,
                AT,
                AT + 5,
                AT - 3,
                AT + 4,
                0,
                new TaskLease("worker-1", 4_711, AT + 30_000, 30_000),
                new Progress(40, "half way"),
                Bytes.of(new byte[] {42}),
                ERROR,
                parts);
    }

    private static Task plain() {
        return new Task(
                "default",
                "plain",
                1,
                TaskSpec.of("", Bytes.EMPTY),
                TaskState.SUCCEEDED,
                0,
                AT,
                AT,
                AT,
                0,
                AT + 9,
                null,
                Progress.NONE,
                Bytes.EMPTY,
                null,
                Map.of());
    }

    private static Map<String, Part> parts() {
        Map<String, Part> parts = new TreeMap<>();
        parts.put("n1", new Part("job-7", TaskState.FAILED, ERROR, AT + 1));
        parts.put("n2", new Part("", TaskState.ENQUEUED, null, AT));
        return parts;
    }

    static Map<String, Task> tasks() {
        return Map.of("task-full", full(parts()), "task-plain", plain());
    }

    static Map<String, LeaderLease> leases() {
        return Map.of(
                "lease-held",
                new LeaderLease("default", "reports", "pod-1", 12, 15, AT, AT + 30_000, 30_000),
                "lease-released",
                new LeaderLease("default", "reports", "", 12, 16, AT, AT + 1, 30_000));
    }

    static Map<String, RequestRecord> requests() {
        return Map.of(
                "request-touched",
                new RequestRecord("req-1", -2L, 12, List.of(new Touched(UUID, 9), new Touched("b", 10)), 0, AT),
                "request-counted",
                new RequestRecord(UUID, 1L, 14, List.of(), 77, AT));
    }

    static Map<String, Tombstone> tombstones() {
        return Map.of("tombstone", new Tombstone(UUID, 4_712, AT));
    }

    static Map<String, ScanPosition> positions() {
        return Map.of(
                "position-begin",
                ScanPosition.begin(RecordKind.LEASE),
                "position-tombstone",
                tombstones().get("tombstone").position());
    }

    static Map<String, Verb> verbs() {
        Map<String, Verb> verbs = new LinkedHashMap<>();
        verbs.put("create", new Verb.Create(UUID, SPEC, AT + 50, 60, Map.of("n1", "job-7")));
        verbs.put("create-plain", new Verb.Create("a", TaskSpec.of("mail", Bytes.EMPTY), 0, 0, Map.of()));
        verbs.put("update", new Verb.Update("a", 5, "q", "k", 3, Bytes.of(new byte[] {1}), LABELS, RETRY, 9L, AT));
        verbs.put("update-nothing", new Verb.Update("a", 0, null, null, null, null, null, null, null, null));
        verbs.put("update-part", new Verb.UpdatePart("a", 5, "n1", "job-7", TaskState.FAILED, ERROR));
        verbs.put("update-part-plain", new Verb.UpdatePart("a", 0, "n1", null, TaskState.SUCCEEDED, null));
        verbs.put("transition", new Verb.Transition("a", 5, 6, TaskState.CANCELED, Bytes.of(new byte[] {7}), ERROR));
        verbs.put("renew", new Verb.Renew("a", 6, 30_000, new Progress(10, "begun")));
        verbs.put("complete", new Verb.Complete(UUID, 300, Bytes.of(new byte[] {1, 2, 3})));
        verbs.put("fail", new Verb.Fail("a", 6, ERROR, true));
        verbs.put("release", new Verb.Release("a", 6, 1_000));
        verbs.put("cancel", new Verb.Cancel("a", 5, "enough"));
        verbs.put("retry", new Verb.Retry("a", 5));
        verbs.put("delete", new Verb.Delete("a", 5));
        verbs.put("claim", new Verb.Claim(List.of("mail", "sms"), "worker-1", 30_000, 10));
        verbs.put("sweep", new Verb.Sweep(1_000));
        verbs.put("prune", new Verb.Prune(Set.of(TaskState.SUCCEEDED, TaskState.FAILED), AT, 100));
        verbs.put("acquire-lease", new Verb.AcquireLease("reports", "pod-1", 30_000));
        verbs.put("renew-lease", new Verb.RenewLease("reports", 12, 0));
        verbs.put("release-lease", new Verb.ReleaseLease("reports", 12));
        verbs.put(
                "mirror",
                new Verb.Mirror(
                        List.of(
                                plain(),
                                new Tombstone("b", 7, AT),
                                new LeaderLease("default", "reports", "", 12, 16, AT, AT + 1, 30_000),
                                new RequestRecord("req-1", 1L, 1, List.of(new Touched("plain", 1)), 0, AT)),
                        400));
        verbs.put("move-gate", new Verb.MoveGate(3, new Gate(4, Gate.Role.AUTHORITY, true, Bytes.of(new byte[] {9, 8
        }))));
        verbs.put(
                "move-gate-any",
                new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, new Gate(300, Gate.Role.MIRROR, false, Bytes.EMPTY)));
        verbs.put(
                "acknowledge",
                new Verb.Acknowledge(
                        2,
                        List.of(
                                new OutboxEntry(new RecordName(RecordKind.TASK, UUID), 300),
                                new OutboxEntry(new RecordName(RecordKind.REQUEST, "req-1"), 301))));
        return verbs;
    }

    static Map<String, TaskCommand> commands() {
        Map<String, TaskCommand> commands = new LinkedHashMap<>();
        verbs().forEach((name, verb) -> commands.put("command-" + name, TaskCommand.of("default", AT, verb)));
        commands.put(
                "command-with-request",
                new TaskCommand(
                        "default", AT, new RequestKey("req-1", 0x0102030405060708L, 3_600_000), new Verb.Sweep(1)));
        commands.put(
                "command-with-epoch",
                TaskCommand.of("default", AT, new Verb.Sweep(1)).withEpoch(300));
        return commands;
    }

    static Map<String, Outcome> outcomes() {
        LeaderLease lease = new LeaderLease("default", "reports", "pod-1", 12, 15, AT, AT + 30_000, 30_000);
        return Map.ofEntries(
                Map.entry("outcome-applied", new Outcome.Applied(plain())),
                Map.entry("outcome-unchanged", new Outcome.Unchanged(full(Map.of()))),
                Map.entry("outcome-deleted", new Outcome.Deleted(UUID, 8)),
                Map.entry("outcome-claimed", new Outcome.Claimed(List.of(plain()), AT)),
                Map.entry("outcome-claimed-nothing", new Outcome.Claimed(List.of(), Long.MAX_VALUE)),
                Map.entry("outcome-swept", new Outcome.Swept(3, 4, true)),
                Map.entry("outcome-mirrored", new Outcome.Mirrored(300)),
                Map.entry("outcome-acknowledged", new Outcome.Acknowledged(300)),
                Map.entry("outcome-gated", new Outcome.Gated(new Gate(4, Gate.Role.SEALED, true, Bytes.EMPTY), true)),
                Map.entry("outcome-fenced", new Outcome.Fenced(Gate.FIRST)),
                Map.entry("outcome-granted", new Outcome.Granted(lease)),
                Map.entry(
                        "outcome-rejected",
                        new Outcome.Rejected(Outcome.Reason.NOT_FOUND, "there is no such task", null, null)),
                Map.entry(
                        "outcome-rejected-task",
                        new Outcome.Rejected(Outcome.Reason.LEASE_REQUIRED, "claimed", plain(), null)),
                Map.entry(
                        "outcome-rejected-lease",
                        new Outcome.Rejected(Outcome.Reason.LEASE_HELD, "held", null, lease)));
    }
}
