package dev.tandem.app.metrics;

import dev.tandem.routing.CallObserver;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Times what the stores do, by store, verb and outcome. */
@SuppressWarnings("EnumOrdinal") // places in tables that live no longer than the process
final class StoreMetrics implements CallObserver {
    /** By the code of the verb. */
    private static final String[] VERBS = {
        "unknown", "create", "update", "update_part", "transition", "renew",
        "complete", "fail", "release", "cancel", "retry", "delete",
        "claim", "sweep", "prune", "acquire_lease", "renew_lease", "release_lease",
        "mirror"
    };

    private static final String[] QUERIES = {"get", "list", "count", "get_lease", "changes", "namespaces", "scan"};

    // Outcomes are numbered: these three, then the failures, then the rejections.
    private static final int APPLIED = 0;
    private static final int UNCHANGED = 1;
    private static final int EMPTY = 2;
    private static final int FAILURES = 3;
    private static final FailureKind[] KINDS = FailureKind.values();
    private static final int REJECTIONS = FAILURES + KINDS.length;
    private static final Outcome.Reason[] REASONS = Outcome.Reason.values();
    private static final int OUTCOMES = REJECTIONS + REASONS.length;

    private final MeterRegistry registry;
    private final Map<String, OneStore> stores = new ConcurrentHashMap<>();

    /** The meters of one store: there are as many as are configured. */
    private record OneStore(
            TimerTable commands, TimerTable queries, Counter claimed, Counter requeued, Counter removed) {}

    StoreMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void executed(
            String storeName,
            TaskCommand command,
            @Nullable Outcome outcome,
            @Nullable StoreException failure,
            long nanos) {
        OneStore store = store(storeName);
        int code = command.verb().code();
        int verb = code < VERBS.length ? code : 0;
        store.commands().record(verb * OUTCOMES + outcomeIndex(outcome, failure), nanos);
        if (outcome instanceof Outcome.Claimed claimed) {
            store.claimed().increment(claimed.tasks().size());
        } else if (outcome instanceof Outcome.Swept swept) {
            store.requeued().increment((double) swept.requeued());
            store.removed().increment((double) swept.deleted());
        }
    }

    @Override
    public void queried(String storeName, TaskQuery<?> query, @Nullable StoreException failure, long nanos) {
        int outcome = failure == null ? 0 : 1 + failure.kind().ordinal();
        store(storeName).queries().record(queryIndex(query) * (1 + KINDS.length) + outcome, nanos);
    }

    private OneStore store(String name) {
        OneStore store = stores.get(name);
        return store != null ? store : stores.computeIfAbsent(name, this::make);
    }

    private OneStore make(String name) {
        return new OneStore(
                new TimerTable(VERBS.length * OUTCOMES, index -> commandTimer(name, index)),
                new TimerTable(QUERIES.length * (1 + KINDS.length), index -> queryTimer(name, index)),
                counter("tandem.store.claimed.tasks", "Tasks given to workers", name),
                counter("tandem.store.requeued.tasks", "Tasks taken back by sweeps because their lease ran out", name),
                counter("tandem.store.removed.tasks", "Tasks deleted by sweeps and prunes", name));
    }

    private Counter counter(String name, String description, String storeName) {
        return Counter.builder(name)
                .description(description)
                .tag("store", storeName)
                .register(registry);
    }

    private Timer commandTimer(String storeName, int index) {
        return Timer.builder("tandem.store.command")
                .description("Commands, as long as their callers waited for the store")
                .tag("store", storeName)
                .tag("verb", VERBS[index / OUTCOMES])
                .tag("outcome", outcomeName(index % OUTCOMES))
                .register(registry);
    }

    private Timer queryTimer(String storeName, int index) {
        int outcome = index % (1 + KINDS.length);
        return Timer.builder("tandem.store.query")
                .description("Queries, as long as their callers waited for the store")
                .tag("store", storeName)
                .tag("query", QUERIES[index / (1 + KINDS.length)])
                .tag("outcome", outcome == 0 ? "ok" : lower(KINDS[outcome - 1]))
                .register(registry);
    }

    /** The place in {@link #QUERIES}. */
    private static int queryIndex(TaskQuery<?> query) {
        if (query instanceof TaskQuery.Get) {
            return 0;
        } else if (query instanceof TaskQuery.ListTasks) {
            return 1;
        } else if (query instanceof TaskQuery.Count) {
            return 2;
        } else if (query instanceof TaskQuery.GetLease) {
            return 3;
        } else if (query instanceof TaskQuery.Changes) {
            return 4;
        } else if (query instanceof TaskQuery.Scan) {
            return 6;
        }
        return 5;
    }

    private static int outcomeIndex(@Nullable Outcome outcome, @Nullable StoreException failure) {
        if (failure != null) {
            return FAILURES + failure.kind().ordinal();
        } else if (outcome instanceof Outcome.Rejected rejected) {
            return REJECTIONS + rejected.reason().ordinal();
        } else if (outcome instanceof Outcome.Unchanged) {
            return UNCHANGED;
        } else if (outcome instanceof Outcome.Claimed claimed && claimed.tasks().isEmpty()) {
            return EMPTY;
        }
        return APPLIED;
    }

    private static String outcomeName(int index) {
        return switch (index) {
            case APPLIED -> "applied";
            case UNCHANGED -> "unchanged";
            case EMPTY -> "empty";
            default -> index < REJECTIONS ? lower(KINDS[index - FAILURES]) : lower(REASONS[index - REJECTIONS]);
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
