package dev.tandem.task;

import dev.tandem.task.RequestRecord.Touched;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Random records, commands and outcomes from a seed; every field takes its plain, its empty and its extreme values. */
final class RandomRecords {
    private static final String[] WORDS = {
        "", "a", "mail", "größe", "東京", "🙂 ok", "with\nline and \"quotes\"", "x".repeat(300)
    };
    /** Verbs by code, from 1 to this. */
    static final int VERBS = 20;

    private static final List<TaskState> STATES = List.of(TaskState.values());
    private static final List<Gate.Role> ROLES = List.of(Gate.Role.values());

    private final Random random;

    RandomRecords(long seed) {
        random = new Random(seed);
    }

    private boolean flip() {
        return random.nextBoolean();
    }

    private <T> @Nullable T perhaps(Supplier<T> value) {
        return flip() ? value.get() : null;
    }

    private long number() {
        return switch (random.nextInt(6)) {
            case 0 -> 0;
            case 1 -> Long.MAX_VALUE;
            case 2 -> random.nextInt(200);
            case 3 -> 1_767_225_600_000L + random.nextInt(1_000_000);
            default -> random.nextLong() & Long.MAX_VALUE;
        };
    }

    private int count() {
        return flip() ? random.nextInt(200) : random.nextInt() & Integer.MAX_VALUE;
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private String id() {
        return switch (random.nextInt(4)) {
            case 0 -> new UUID(random.nextLong(), random.nextLong()).toString();
            case 1 -> new UUID(random.nextLong(), random.nextLong()).toString().toUpperCase(Locale.ROOT);
            case 2 -> "0123456-" + "0".repeat(28);
            default -> "task:" + random.nextInt();
        };
    }

    private Bytes bytes() {
        byte[] bytes = new byte[flip() ? 0 : random.nextInt(400)];
        random.nextBytes(bytes);
        return Bytes.of(bytes);
    }

    private TaskState state() {
        return STATES.get(random.nextInt(STATES.size()));
    }

    private TaskError error() {
        return new TaskError(word(), word());
    }

    private RetryPolicy retry() {
        return flip() ? RetryPolicy.DEFAULT : new RetryPolicy(count(), number(), number(), count());
    }

    private Map<String, String> strings() {
        Map<String, String> map = new TreeMap<>();
        for (int i = flip() ? 0 : random.nextInt(5); i > 0; i--) {
            map.put("k" + random.nextInt(10) + word(), word());
        }
        return map;
    }

    private TaskSpec spec() {
        return new TaskSpec(word(), word(), random.nextInt(), bytes(), strings(), retry(), number());
    }

    private Progress progress() {
        return flip() ? Progress.NONE : new Progress(random.nextInt(101), word());
    }

    private Map<String, Part> parts() {
        Map<String, Part> parts = new TreeMap<>();
        for (int i = flip() ? 0 : random.nextInt(5); i > 0; i--) {
            parts.put("n" + random.nextInt(10), new Part(word(), state(), perhaps(this::error), number()));
        }
        return Collections.unmodifiableMap(parts);
    }

    Task task() {
        // Differences to the creation time are written, so these stay where a difference is a number.
        long created = number() / 4;
        return new Task(
                word(),
                id(),
                number(),
                spec(),
                state(),
                count(),
                created,
                created + random.nextInt(1_000_000),
                created + random.nextInt(1_000_000) - random.nextInt(100),
                number(),
                number(),
                perhaps(() -> new TaskLease(word(), number(), number(), number())),
                progress(),
                bytes(),
                perhaps(this::error),
                parts());
    }

    LeaderLease lease() {
        return new LeaderLease(word(), word(), word(), number(), number(), number(), number(), number());
    }

    RequestRecord request() {
        List<Touched> touched = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            touched.add(new Touched(id(), number()));
        }
        return new RequestRecord(id(), random.nextLong(), random.nextInt(256), touched, number(), number());
    }

    Tombstone tombstone() {
        return new Tombstone(id(), number(), number());
    }

    StoredRecord record() {
        return switch (random.nextInt(4)) {
            case 0 -> task();
            case 1 -> tombstone();
            case 2 -> lease();
            default -> request();
        };
    }

    ScanPosition position() {
        return flip() ? record().position() : ScanPosition.begin(RecordKind.ofCode(1 + random.nextInt(4)));
    }

    TaskCommand command() {
        RequestKey key = perhaps(() -> new RequestKey(id(), random.nextLong(), number()));
        return new TaskCommand(word(), number(), flip() ? 0 : number(), key, verb(1 + random.nextInt(VERBS)));
    }

    Verb verb(int code) {
        return switch (code) {
            case 1 -> new Verb.Create(id(), spec(), number(), number(), strings());
            case 2 -> update();
            case 3 -> new Verb.UpdatePart(id(), number(), word(), perhaps(this::word), state(), perhaps(this::error));
            case 4 -> new Verb.Transition(id(), number(), number(), state(), bytes(), perhaps(this::error));
            case 5 -> new Verb.Renew(id(), number(), number(), perhaps(this::progress));
            case 6 -> new Verb.Complete(id(), number(), bytes());
            case 7 -> new Verb.Fail(id(), number(), error(), flip());
            case 8 -> new Verb.Release(id(), number(), number());
            case 9 -> new Verb.Cancel(id(), number(), word());
            case 10 -> new Verb.Retry(id(), number());
            case 11 -> new Verb.Delete(id(), number());
            case 12 -> new Verb.Claim(List.of(word(), word()), word(), number(), count());
            case 13 -> new Verb.Sweep(count());
            case 14 -> new Verb.Prune(states(), number(), count());
            case 15 -> new Verb.AcquireLease(word(), word(), number());
            case 16 -> new Verb.RenewLease(word(), number(), number());
            case 17 -> new Verb.ReleaseLease(word(), number());
            case 18 -> new Verb.Mirror(List.of(record(), record()), number());
            case 19 -> {
                Gate to = gate();
                yield new Verb.MoveGate(flip() ? Verb.MoveGate.ANY_LOWER : to.epoch() / 2, to);
            }
            case 20 -> new Verb.Acknowledge(random.nextInt(4) - 1, List.of(entry(), entry()));
            default -> throw new IllegalArgumentException("verb " + code);
        };
    }

    private Gate gate() {
        Gate.Role role = ROLES.get(random.nextInt(ROLES.size()));
        return new Gate(1 + number() / 2, role, role != Gate.Role.MIRROR && flip(), bytes());
    }

    private OutboxEntry entry() {
        return new OutboxEntry(RecordName.of(record()), number());
    }

    private Verb update() {
        return new Verb.Update(
                id(),
                number(),
                perhaps(this::word),
                perhaps(this::word),
                perhaps(random::nextInt),
                perhaps(this::bytes),
                perhaps(this::strings),
                perhaps(this::retry),
                perhaps(this::number),
                perhaps(this::number));
    }

    private Set<TaskState> states() {
        Set<TaskState> states = EnumSet.noneOf(TaskState.class);
        states.add(state());
        states.add(state());
        return states;
    }

    Outcome outcome() {
        return switch (random.nextInt(11)) {
            case 0 -> new Outcome.Applied(task());
            case 1 -> new Outcome.Unchanged(task());
            case 2 -> new Outcome.Deleted(id(), number());
            case 3 -> new Outcome.Claimed(flip() ? List.of() : List.of(task(), task()), number());
            case 4 -> new Outcome.Swept(number(), number(), flip());
            case 5 -> new Outcome.Granted(lease());
            case 6 -> new Outcome.Mirrored(number());
            case 7 -> new Outcome.Gated(gate(), flip());
            case 8 -> new Outcome.Fenced(gate());
            case 9 -> new Outcome.Acknowledged(number());
            default -> {
                Outcome.Reason[] reasons = Outcome.Reason.values();
                yield new Outcome.Rejected(
                        reasons[random.nextInt(reasons.length)], word(), perhaps(this::task), perhaps(this::lease));
            }
        };
    }
}
