package dev.tandem.testkit;

import dev.tandem.task.Bytes;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Short ways to the specs and verbs that tests need; what a test does not say has its plainest value. */
public final class Tasks {
    /** The queue of every task here that names none. */
    public static final String QUEUE = "mail";

    /** How long the leases here last that name no duration. */
    public static final long LEASE_MILLIS = 10_000;

    /** How long the requests made here are remembered. */
    public static final long KEEP_MILLIS = 60_000;

    private Tasks() {}

    public static Bytes bytes(String text) {
        return Bytes.of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A spec in {@link #QUEUE} with a small payload. */
    public static TaskSpec spec() {
        return TaskSpec.of(QUEUE, bytes("hello"));
    }

    /** A policy of so many attempts that doubles its wait from {@code firstMillis} up to {@code maxMillis}. */
    public static RetryPolicy retries(int attempts, long firstMillis, long maxMillis) {
        return new RetryPolicy(attempts, firstMillis, maxMillis, 2_000);
    }

    public static Verb.Create create(String id) {
        return create(id, spec());
    }

    public static Verb.Create create(String id, TaskSpec spec) {
        return new Verb.Create(id, spec, 0, 0, Map.of());
    }

    /** A task with a part on each node, each with the local id {@code on-<node>}. */
    public static Verb.Create fanOut(String id, String... nodes) {
        Map<String, String> parts = new TreeMap<>();
        for (String node : nodes) {
            parts.put(node, "on-" + node);
        }
        return new Verb.Create(id, spec(), 0, 0, parts);
    }

    /** A claim of up to {@code limit} tasks of {@link #QUEUE}. */
    public static Verb.Claim claim(String worker, int limit) {
        return claim(worker, limit, QUEUE);
    }

    public static Verb.Claim claim(String worker, int limit, String... queues) {
        return new Verb.Claim(List.of(queues), worker, LEASE_MILLIS, limit);
    }

    public static Verb.Complete complete(String id, long token) {
        return new Verb.Complete(id, token, bytes("done"));
    }

    public static TaskError error() {
        return new TaskError("BROKEN", "it broke");
    }

    public static Verb.Fail fail(String id, long token) {
        return new Verb.Fail(id, token, error(), false);
    }

    public static Verb.Release release(String id, long token) {
        return new Verb.Release(id, token, 0);
    }

    /** A renewal for as long as at the claim, that says nothing of progress. */
    public static Verb.Renew renew(String id, long token) {
        return new Verb.Renew(id, token, 0, null);
    }

    /** A move by someone who holds no lease and expects no version. */
    public static Verb.Transition move(String id, TaskState to) {
        return new Verb.Transition(id, 0, 0, to, Bytes.EMPTY, null);
    }

    public static Verb.UpdatePart report(String id, String node, TaskState state) {
        return new Verb.UpdatePart(id, 0, node, null, state, null);
    }

    /** An update that changes nothing; see the {@code with} methods of {@link Patch}. */
    public static Patch update(String id) {
        return new Patch(id);
    }

    public static Verb.Cancel cancel(String id) {
        return new Verb.Cancel(id, 0, "");
    }

    public static Verb.Retry retry(String id) {
        return new Verb.Retry(id, 0);
    }

    public static Verb.Delete delete(String id) {
        return new Verb.Delete(id, 0);
    }

    public static Verb.AcquireLease acquire(String scope, String holder) {
        return new Verb.AcquireLease(scope, holder, LEASE_MILLIS);
    }

    /** The command under a request id, with the body hash that a sidecar would give it. */
    public static TaskCommand request(String namespace, long atMillis, String requestId, Verb verb) {
        return new TaskCommand(
                namespace, atMillis, new RequestKey(requestId, CommandCodec.bodyHash(verb), KEEP_MILLIS), verb);
    }

    /** Builds an {@link Verb.Update} field by field. */
    public static final class Patch {
        private final String id;
        private long expectedVersion;
        private @Nullable String queue;
        private @Nullable Integer priority;
        private @Nullable Bytes payload;
        private @Nullable Map<String, String> labels;
        private @Nullable Long retentionMillis;
        private @Nullable Long dueAtMillis;

        private Patch(String id) {
            this.id = id;
        }

        public Patch expecting(long version) {
            expectedVersion = version;
            return this;
        }

        public Patch queue(String queue) {
            this.queue = queue;
            return this;
        }

        public Patch priority(int priority) {
            this.priority = priority;
            return this;
        }

        public Patch payload(Bytes payload) {
            this.payload = payload;
            return this;
        }

        public Patch labels(Map<String, String> labels) {
            this.labels = labels;
            return this;
        }

        public Patch retentionMillis(long retentionMillis) {
            this.retentionMillis = retentionMillis;
            return this;
        }

        public Patch dueAtMillis(long dueAtMillis) {
            this.dueAtMillis = dueAtMillis;
            return this;
        }

        public Verb.Update verb() {
            return new Verb.Update(
                    id, expectedVersion, queue, null, priority, payload, labels, null, retentionMillis, dueAtMillis);
        }
    }
}
