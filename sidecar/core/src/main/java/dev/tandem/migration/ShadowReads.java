package dev.tandem.migration;

import dev.tandem.routing.Host;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.routing.ReadObserver;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.Task;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the mirror what callers have asked the store that decides, after they were answered, for some of their lookups, and counts what differs. So an operator sees
 * whether reads would have been the same before they are switched, or switched back.
 *
 * <p>What differs is looked at again, to tell what is on its way from what is wrong; before the backfill has ended, what is missing there is neither. It
 * delays no call and fails none. Safe for use by several threads.
 */
public final class ShadowReads implements ReadObserver {
    /** The most lookups that are compared at a time; beyond them, none is begun. */
    static final int COMPARED_MAX = 16;

    /** After how long what differs is looked at again: what is on its way has come by then, mostly. */
    static final long LOOK_MILLIS = 1_000;

    /** How often a difference is written to the log at most. */
    static final long LOG_MILLIS = 10_000;

    private static final Duration CALL_MAX = Duration.ofSeconds(2);
    private static final Logger log = LoggerFactory.getLogger(ShadowReads.class);

    private final Stores stores;
    private final Host host;
    private final InstantSource clock;
    private final MigrationRecords records;
    private final double share;
    private final DoubleSupplier random;
    private final AtomicInteger underWay = new AtomicInteger();
    private final LongAdder same = new LongAdder();
    private final LongAdder inFlight = new LongAdder();
    private final LongAdder differing = new LongAdder();
    private volatile long quietUntilMillis;

    /**
     * @param share of lookups, 0 to 1
     * @param random gives numbers from 0 to 1
     */
    public ShadowReads(Stores stores, Host host, InstantSource clock, double share, DoubleSupplier random) {
        this.stores = stores;
        this.host = host;
        this.clock = clock;
        this.records = new MigrationRecords(stores, clock);
        this.share = share;
        this.random = random;
    }

    /** How many were the same in both stores. */
    public long same() {
        return same.sum();
    }

    /** How many differed, and were on their way. */
    public long inFlight() {
        return inFlight.sum();
    }

    /** How many really differ. */
    public long differing() {
        return differing.sum();
    }

    @Override
    public void read(Policy policy, TaskQuery.Get query, Optional<Task> found) {
        if (random.getAsDouble() >= share || !stores.names().contains(policy.requireMirror())) {
            return;
        }
        if (underWay.incrementAndGet() > COMPARED_MAX) {
            underWay.decrementAndGet();
            return;
        }
        // The caller has its answer by then.
        host.timers().set(1, () -> compare(policy, query, found).onComplete(done -> underWay.decrementAndGet()));
    }

    private Future<?> compare(Policy policy, TaskQuery.Get query, Optional<Task> found) {
        TaskStore mirror = stores.get(policy.requireMirror());
        return mirror.query(query, soon().withEpoch(policy.epoch())).onSuccess(mirrored -> {
            if (mirrored.equals(found)) {
                same.increment();
            } else {
                later(policy, query);
            }
        });
    }

    private void later(Policy policy, TaskQuery.Get query) {
        if (underWay.incrementAndGet() > 2 * COMPARED_MAX) {
            underWay.decrementAndGet();
            return;
        }
        host.timers()
                .set(
                        LOOK_MILLIS,
                        () -> isCopied(policy, query.namespace())
                                .compose(isCopied -> isCopied ? look(policy, query) : Future.succeededFuture())
                                .onComplete(done -> underWay.decrementAndGet()));
    }

    /** Asked only where something differs. */
    private Future<Boolean> isCopied(Policy policy, String namespace) {
        return policy.phase() != Phase.DUAL_WRITE
                ? Future.succeededFuture(true)
                : records.open(namespace, soon())
                        .map(open -> open.isEmpty()
                                || open.get().migration().copied().isOver());
    }

    private Future<?> look(Policy policy, TaskQuery.Get query) {
        RecordName name = new RecordName(RecordKind.TASK, query.taskId());
        return Looks.at(Sides.of(stores, query.namespace(), policy, soon()), List.of(name))
                .onSuccess(real -> {
                    if (real.isEmpty()) {
                        inFlight.increment();
                    } else {
                        differing.increment();
                        tell(query.namespace(), policy, real.get(0));
                    }
                });
    }

    private void tell(String namespace, Policy policy, Difference difference) {
        long now = clock.millis();
        if (now >= quietUntilMillis) {
            quietUntilMillis = now + LOG_MILLIS;
            log.warn(
                    "the task {} of {} is not in {} as it is in {} ({}); {} such up to now: verify, and repair",
                    difference.name().name(),
                    namespace,
                    policy.mirror(),
                    policy.authority(),
                    difference.kind(),
                    differing());
        }
    }

    private CallOptions soon() {
        return new CallOptions(host.nanoTime() + CALL_MAX.toNanos(), Consistency.LINEARIZABLE);
    }
}
