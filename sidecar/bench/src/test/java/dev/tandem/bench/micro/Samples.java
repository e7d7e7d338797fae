package dev.tandem.bench.micro;

import dev.tandem.task.Bytes;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Commands and ids of an everyday shape: UUIDv7 ids, short names, a payload of 100 bytes. */
final class Samples {
    static final String NAMESPACE = "default";
    static final String QUEUE = "mail";
    static final String WORKER = "worker-1";
    static final long NOW = 1_763_800_000_000L;
    static final long LEASE_MILLIS = 30_000;
    static final int PAYLOAD_BYTES = 100;

    private Samples() {}

    /** The {@code n}th id: ids rise with time, a thousand of them a second. */
    static String id(long n) {
        Random random = new Random(n);
        long high = (NOW + n) << 16 | 0x7000 | random.nextInt(0x1000);
        long low = 0x8000_0000_0000_0000L | random.nextLong() >>> 2;
        return new UUID(high, low).toString();
    }

    static Bytes payload(long seed) {
        byte[] bytes = new byte[PAYLOAD_BYTES];
        new Random(seed).nextBytes(bytes);
        return Bytes.of(bytes);
    }

    static TaskCommand command(long atMillis, Verb verb) {
        return TaskCommand.of(NAMESPACE, atMillis, verb);
    }

    static Verb.Create create(String id, Bytes payload) {
        return new Verb.Create(id, TaskSpec.of(QUEUE, payload), 0, 0, Map.of());
    }

    static Verb.Update update(String id, Bytes payload) {
        return new Verb.Update(id, 0, null, null, null, payload, null, null, null, null);
    }

    static Verb.Claim claim(int limit) {
        return new Verb.Claim(List.of(QUEUE), WORKER, LEASE_MILLIS, limit);
    }

    /** One command of each verb, and of the common ones a larger form. */
    static Map<String, TaskCommand> commands() {
        String id = id(1);
        Bytes payload = payload(1);
        TaskError error = new TaskError("SMTP_450", "mailbox is busy");
        Map<String, Verb> verbs = new LinkedHashMap<>();
        verbs.put("create", create(id, payload));
        verbs.put("update", update(id, payload));
        verbs.put("updatePart", new Verb.UpdatePart(id, 0, "node-1", null, TaskState.SUCCEEDED, null));
        verbs.put("transition", new Verb.Transition(id, 0, 0, TaskState.PROCESSING, Bytes.EMPTY, null));
        verbs.put("renew", new Verb.Renew(id, 1_000_000, 0, null));
        verbs.put("complete", new Verb.Complete(id, 1_000_000, payload));
        verbs.put("fail", new Verb.Fail(id, 1_000_000, error, false));
        verbs.put("release", new Verb.Release(id, 1_000_000, 0));
        verbs.put("cancel", new Verb.Cancel(id, 0, ""));
        verbs.put("retry", new Verb.Retry(id, 0));
        verbs.put("delete", new Verb.Delete(id, 0));
        verbs.put("claim", claim(1));
        verbs.put("sweep", new Verb.Sweep(100));
        verbs.put("prune", new Verb.Prune(EnumSet.of(TaskState.SUCCEEDED), NOW, 100));
        verbs.put("acquireLease", new Verb.AcquireLease("nightly", WORKER, LEASE_MILLIS));
        verbs.put("renewLease", new Verb.RenewLease("nightly", 1_000_000, LEASE_MILLIS));
        verbs.put("releaseLease", new Verb.ReleaseLease("nightly", 1_000_000));
        Map<String, TaskCommand> commands = new LinkedHashMap<>();
        verbs.forEach((name, verb) -> commands.put(name, command(NOW, verb)));
        commands.put(
                "createOnce",
                new TaskCommand(
                        NAMESPACE, NOW, new RequestKey(id(2), 0x1234_5678_9abc_def0L, 3_600_000), create(id, payload)));
        TaskSpec rich = TaskSpec.of(QUEUE, payload)
                .withKind("invoice")
                .withPriority(5)
                .withLabels(Map.of("tenant", "acme", "region", "eu-west-1"))
                .withRetry(new RetryPolicy(3, 100, 10_000, 3_000));
        commands.put("createRich", command(NOW, new Verb.Create(id, rich, 0, 0, Map.of())));
        return commands;
    }

    /** How many bytes of an encoded command are its caller's own: names, ids, text and payload, as they are encoded. */
    static int callersBytes(TaskCommand command) {
        int bytes = command.namespace().length();
        Verb verb = command.verb();
        bytes += verb instanceof Verb.OnTask ? Long.BYTES * 2 : 0;
        bytes += command.request() != null ? Long.BYTES * 2 : 0;
        if (verb instanceof Verb.Create create) {
            TaskSpec spec = create.spec();
            bytes += spec.queue().length()
                    + spec.kind().length()
                    + spec.payload().length();
            for (Map.Entry<String, String> label : spec.labels().entrySet()) {
                bytes += label.getKey().length() + label.getValue().length();
            }
        } else if (verb instanceof Verb.Update update && update.payload() != null) {
            bytes += update.payload().length();
        } else if (verb instanceof Verb.Complete complete) {
            bytes += complete.result().length();
        } else if (verb instanceof Verb.UpdatePart part) {
            bytes += part.node().length();
        } else if (verb instanceof Verb.Fail fail) {
            bytes += fail.error().code().length() + fail.error().message().length();
        } else if (verb instanceof Verb.Claim) {
            bytes += QUEUE.length() + WORKER.length();
        } else if (verb instanceof Verb.AcquireLease acquire) {
            bytes += acquire.scope().length() + acquire.holder().length();
        } else if (verb instanceof Verb.OnLease onLease) {
            bytes += onLease.scope().length();
        }
        return bytes;
    }
}
