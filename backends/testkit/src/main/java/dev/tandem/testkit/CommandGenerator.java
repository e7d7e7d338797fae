package dev.tandem.testkit;

import dev.tandem.store.ListPosition;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.Bytes;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.OutboxEntry;
import dev.tandem.task.Part;
import dev.tandem.task.Progress;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.RequestKey;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.RequestRecord.Touched;
import dev.tandem.task.RetryPolicy;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskError;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.TaskState;
import dev.tandem.task.Tombstone;
import dev.tandem.task.Verb;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes sequences of commands and queries from a seed, over so few names that they meet.
 *
 * <p>Times go on, stand still, jump over leases and retentions, and now and then go back. Tokens and versions are right,
 * stale or wrong. Requests come again, some of them with another body.
 */
final class CommandGenerator {
    private static final List<String> NAMESPACES = List.of("a", "a", "a", "a", "b");
    private static final List<String> QUEUES = List.of("q0", "q1", "");
    private static final List<String> KINDS = List.of("", "k0", "k1");
    private static final List<String> WORKERS = List.of("w0", "w1");
    private static final List<String> NODES = List.of("n0", "n1", "n2");
    /** Mostly one that takes commands. */
    private static final List<Gate.Role> ROLES =
            List.of(Gate.Role.AUTHORITY, Gate.Role.AUTHORITY, Gate.Role.AUTHORITY, Gate.Role.MIRROR, Gate.Role.SEALED);

    private static final long STEP_MILLIS = 50;
    private static final int IDS = 5;
    private static final int REQUESTS = 4;
    private static final int READERS = 2;

    private final Random random;
    private final Map<String, Verb> requested = new HashMap<>();
    private final long tombstoneKeepMillis;
    private long nowMillis = TestClock.START_MILLIS;

    CommandGenerator(long seed, long tombstoneKeepMillis) {
        this.random = new Random(seed);
        this.tombstoneKeepMillis = tombstoneKeepMillis;
    }

    List<ModelStep> sequence(int length) {
        List<ModelStep> steps = new ArrayList<>(length);
        while (steps.size() < length) {
            steps.add(chance(70) ? command() : query());
        }
        return steps;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    private <T> @Nullable T perhaps(T value) {
        return chance(30) ? value : null;
    }

    private String id() {
        return "t" + random.nextInt(IDS);
    }

    private String scope() {
        return "s" + random.nextInt(2);
    }

    private ModelStep command() {
        tick();
        if (chance(4)) {
            return new ModelStep.Move(
                    pick(NAMESPACES),
                    nowMillis,
                    chance(70) ? ModelStep.CURRENT : chance(50) ? ModelStep.STALE : Verb.MoveGate.ANY_LOWER,
                    1 + random.nextInt(2),
                    pick(ROLES),
                    chance(80));
        }
        long at = chance(5) ? ago(8) : nowMillis;
        Verb verb = verb();
        RequestKey request = null;
        if (chance(20) && !(verb instanceof Verb.Mirror || verb instanceof Verb.Acknowledge)) {
            String id = "r" + random.nextInt(REQUESTS);
            if (chance(50)) {
                verb = requested.getOrDefault(id, verb);
            }
            requested.put(id, verb);
            request = new RequestKey(id, CommandCodec.bodyHash(verb), chance(50) ? 300 : 100_000);
        }
        return new ModelStep.Run(pick(NAMESPACES), at, chance(97) ? 0 : random.nextInt(3) - 1, request, verb);
    }

    /** Mostly in steps of the same size as leases, waits and retentions, so that ends are met to the millisecond. */
    private void tick() {
        int dice = random.nextInt(1000);
        if (dice < 500) {
            return;
        }
        if (dice < 900) {
            nowMillis += STEP_MILLIS * random.nextInt(4);
        } else if (dice < 950) {
            nowMillis += random.nextInt(150);
        } else if (dice < 990) {
            nowMillis += STEP_MILLIS * random.nextInt(30);
        } else {
            nowMillis += tombstoneKeepMillis + random.nextInt(3) - 1;
        }
    }

    /** A time up to so many steps ago. */
    private long ago(int steps) {
        return nowMillis - STEP_MILLIS * random.nextInt(steps);
    }

    private Verb verb() {
        int dice = random.nextInt(100);
        if (dice < 20) {
            return create();
        } else if (dice < 38) {
            List<String> queues = chance(70) ? List.of("q0", "q1") : List.of(pick(QUEUES), pick(QUEUES));
            return new Verb.Claim(queues, pick(WORKERS), leaseMillis(), 1 + random.nextInt(3));
        } else if (dice < 80) {
            return onTask(id());
        } else if (dice < 86) {
            return new Verb.Sweep(1 + random.nextInt(4));
        } else if (dice < 89) {
            return new Verb.Prune(states(), ago(4), 1 + random.nextInt(3));
        } else if (dice < 93) {
            return mirror();
        } else if (dice < 95) {
            return acknowledge();
        }
        return onLease(scope());
    }

    private Verb onTask(String id) {
        return switch (random.nextInt(12)) {
            case 0 -> update(id);
            case 1, 2 -> part(id);
            case 3 ->
                new Verb.Transition(
                        id, version(), token(), pick(List.of(TaskState.values())), payload(), perhaps(error()));
            case 4 -> new Verb.Renew(id, token(), chance(50) ? 0 : leaseMillis(), perhaps(new Progress(30, "on it")));
            case 5, 6 -> new Verb.Complete(id, token(), payload());
            case 7 -> new Verb.Fail(id, token(), error(), chance(20));
            case 8 -> new Verb.Release(id, token(), random.nextInt(2) * 50L);
            case 9 -> new Verb.Cancel(id, version(), chance(50) ? "" : "enough");
            case 10 -> new Verb.Retry(id, version());
            default -> new Verb.Delete(id, version());
        };
    }

    private Verb onLease(String scope) {
        return switch (random.nextInt(4)) {
            case 0 -> new Verb.RenewLease(scope, token(), chance(50) ? 0 : leaseMillis());
            case 1 -> new Verb.ReleaseLease(scope, token());
            default -> new Verb.AcquireLease(scope, pick(WORKERS), leaseMillis());
        };
    }

    private Verb mirror() {
        List<StoredRecord> records = new ArrayList<>();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            records.add(
                    switch (random.nextInt(6)) {
                        case 0, 1, 2 -> task(id());
                        case 3 -> new Tombstone(id(), recordVersion(), ago(4));
                        case 4 -> lease(scope());
                        default -> request("r" + random.nextInt(REQUESTS));
                    });
        }
        return new Verb.Mirror(List.copyOf(records), chance(70) ? 0 : ModelStep.AHEAD + random.nextInt(6));
    }

    private Verb acknowledge() {
        List<OutboxEntry> entries = new ArrayList<>();
        for (int left = 1 + random.nextInt(4); left > 0; left--) {
            RecordName name = chance(60)
                    ? new RecordName(RecordKind.TASK, id())
                    : chance(50)
                            ? new RecordName(RecordKind.LEASE, scope())
                            : new RecordName(RecordKind.REQUEST, "r" + random.nextInt(REQUESTS));
            entries.add(new OutboxEntry(name, chance(80) ? ModelStep.CURRENT : ModelStep.STALE));
        }
        return new Verb.Acknowledge(List.copyOf(entries));
    }

    /** Another store's: of a time of its own, in any state. */
    private Task task(String id) {
        TaskState state = pick(List.of(TaskState.values()));
        long created = ago(12);
        long version = recordVersion();
        Map<String, Part> parts = new TreeMap<>();
        if (chance(25)) {
            NODES.stream()
                    .filter(node -> chance(50))
                    .forEach(node -> parts.put(
                            node, new Part("there", pick(List.of(TaskState.values())), perhaps(error()), created)));
        }
        return new Task(
                "",
                id,
                version,
                spec(),
                state,
                random.nextInt(3),
                created,
                nowMillis,
                created + STEP_MILLIS * random.nextInt(4),
                state == TaskState.ENQUEUED ? 0 : created,
                state.isFinal() ? ago(4) : 0,
                state == TaskState.PROCESSING && chance(70)
                        ? new TaskLease(pick(WORKERS), version, nowMillis + leaseMillis(), leaseMillis())
                        : null,
                chance(20) ? new Progress(10, "there") : Progress.NONE,
                payload(),
                perhaps(error()),
                Collections.unmodifiableMap(parts));
    }

    private LeaderLease lease(String scope) {
        long version = recordVersion();
        return new LeaderLease(
                "", scope, chance(80) ? pick(WORKERS) : "", version, version, ago(4), nowMillis + leaseMillis(), 100);
    }

    private RequestRecord request(String id) {
        Verb verb = requested.computeIfAbsent(id, unknown -> onTask(id()));
        List<Touched> touched = new ArrayList<>();
        if (verb instanceof Verb.OnTask onTask) {
            touched.add(new Touched(onTask.taskId(), 1 + random.nextInt(9)));
        } else if (verb instanceof Verb.OnLease onLease) {
            touched.add(new Touched(onLease.scope(), 1 + random.nextInt(9)));
        } else if (verb instanceof Verb.Claim) {
            touched.add(new Touched("t" + random.nextInt(2), 1 + random.nextInt(9)));
            touched.add(new Touched("t" + (2 + random.nextInt(2)), 1 + random.nextInt(9)));
        }
        long hash = CommandCodec.bodyHash(verb) + (chance(20) ? 1 : 0);
        return new RequestRecord(
                id,
                hash,
                verb.code(),
                List.copyOf(touched),
                random.nextInt(3),
                nowMillis + 2 * STEP_MILLIS * random.nextInt(5));
    }

    /** A version as other stores may have given it: what there is, less, or about what comes next. */
    private long recordVersion() {
        return chance(15) ? ModelStep.CURRENT : chance(15) ? ModelStep.STALE : ModelStep.AHEAD + random.nextInt(6);
    }

    private Verb create() {
        Map<String, String> parts = new TreeMap<>();
        if (chance(25)) {
            NODES.stream().filter(node -> chance(60)).forEach(node -> parts.put(node, "on-" + node));
        }
        long due = chance(20) ? ago(2) + STEP_MILLIS * random.nextInt(4) : 0;
        return new Verb.Create(id(), spec(), due, STEP_MILLIS * (chance(20) ? random.nextInt(4) : 0), parts);
    }

    private TaskSpec spec() {
        return new TaskSpec(
                pick(QUEUES),
                pick(KINDS),
                random.nextInt(3) - 1,
                payload(),
                labels(),
                new RetryPolicy(1 + random.nextInt(3), random.nextInt(3) * STEP_MILLIS, 2 * STEP_MILLIS, 2000),
                pick(List.of(0L, 50L, 1_000L, 100_000L)));
    }

    private Verb update(String id) {
        return new Verb.Update(
                id,
                version(),
                perhaps(pick(QUEUES)),
                perhaps(pick(KINDS)),
                perhaps(random.nextInt(3) - 1),
                perhaps(payload()),
                perhaps(labels()),
                perhaps(RetryPolicy.DEFAULT),
                perhaps(STEP_MILLIS * random.nextInt(20)),
                perhaps(ago(2) + STEP_MILLIS * random.nextInt(3)));
    }

    private Verb part(String id) {
        TaskState state = pick(List.of(
                TaskState.ENQUEUED,
                TaskState.PROCESSING,
                TaskState.PROCESSING,
                TaskState.SUCCEEDED,
                TaskState.SUCCEEDED,
                TaskState.FAILED,
                TaskState.CANCELED));
        return new Verb.UpdatePart(id, version(), pick(NODES), perhaps("local"), state, perhaps(error()));
    }

    private Map<String, String> labels() {
        return switch (random.nextInt(4)) {
            case 0 -> Map.of("l", "0");
            case 1 -> Map.of("l", "1", "m", "0");
            default -> Map.of();
        };
    }

    private Bytes payload() {
        return chance(50) ? Bytes.EMPTY : Bytes.of(new byte[] {(byte) random.nextInt(), (byte) random.nextInt()});
    }

    private static TaskError error() {
        return new TaskError("BROKEN", "it broke");
    }

    private long leaseMillis() {
        return 100 + random.nextInt(3) * 100L;
    }

    private long version() {
        return chance(70) ? 0 : chance(70) ? ModelStep.CURRENT : ModelStep.STALE;
    }

    private long token() {
        return chance(70) ? ModelStep.CURRENT : chance(50) ? 0 : ModelStep.STALE;
    }

    private Set<TaskState> states() {
        Set<TaskState> states = EnumSet.noneOf(TaskState.class);
        for (TaskState state : TaskState.values()) {
            if (chance(50)) {
                states.add(state);
            }
        }
        return states.isEmpty() ? EnumSet.of(TaskState.SUCCEEDED) : states;
    }

    private ModelStep query() {
        String namespace = pick(NAMESPACES);
        int dice = random.nextInt(10);
        if (chance(15)) {
            return chance(70)
                    ? new ModelStep.ReadOutbox(namespace, 1 + random.nextInt(5))
                    : new ModelStep.GetGate(namespace);
        } else if (dice < 2) {
            return new ModelStep.Get(namespace, id());
        } else if (dice < 3) {
            return new ModelStep.GetLease(namespace, scope());
        } else if (dice < 4) {
            return new ModelStep.ScanAll(namespace, 1 + random.nextInt(4));
        } else if (dice < 5) {
            return new ModelStep.Follow(namespace, random.nextInt(READERS), 1 + random.nextInt(3));
        }
        ListPosition after = chance(50) ? null : new ListPosition(ago(8), id());
        return new ModelStep.ListPage(namespace, filter(), chance(50), after, 1 + random.nextInt(4));
    }

    private TaskFilter filter() {
        return new TaskFilter(
                chance(40) ? states() : Set.of(),
                chance(30) ? Set.of(pick(QUEUES)) : Set.of(),
                chance(30) ? Set.of(pick(KINDS)) : Set.of(),
                chance(20) ? pick(NODES) : "",
                chance(30) ? labels() : Map.of(),
                chance(20) ? ago(10) : 0,
                chance(20) ? ago(4) : Long.MAX_VALUE);
    }
}
