package dev.tandem.migration;

import dev.tandem.migration.MigrationRecords.Kept;
import dev.tandem.routing.Host;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.StoreException;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what moves need done besides the steps that operators take: it delivers what sidecars leave behind, copies, compares, and ends or undoes a switch
 * that broke off.
 *
 * <p>Each sidecar has one. Of a move, the one with the lease does the work; when it dies another one has it within {@link #LEASE_MILLIS}, and
 * goes on where the record says. Nothing breaks if two of them believe that they have it. Belongs to the context that it is started on.
 */
public final class Coordinator {
    /** How long nobody does the work of one that has died. */
    static final long LEASE_MILLIS = 3_000;

    /** How often it looks for moves, and a driver for what there is to do. */
    static final long ROUND_MILLIS = 500;

    private static final Logger log = LoggerFactory.getLogger(Coordinator.class);

    private final Stores stores;
    private final Policies policies;
    private final Host host;
    private final InstantSource clock;
    private final String sidecar;
    private final MigrationRecords records;
    private final Set<String> driven = new HashSet<>();
    private boolean isClosed;

    /** @param sidecar a name for this process that no other one has */
    public Coordinator(Stores stores, Policies policies, Host host, InstantSource clock, String sidecar) {
        this.stores = stores;
        this.policies = policies;
        this.host = host;
        this.clock = clock;
        this.sidecar = sidecar;
        this.records = new MigrationRecords(stores, clock);
    }

    /** Begins to look for moves. */
    public void start() {
        host.timers().set(ROUND_MILLIS, this::round);
    }

    /** Begins nothing more; what it held is free when its lease is over. */
    public void close() {
        isClosed = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    private void round() {
        if (isClosed) {
            return;
        }
        records.all(null, false, soon()).onComplete((found, failure) -> {
            // Before anything else: whatever fails, there is a next round.
            host.timers().set(ROUND_MILLIS, this::round);
            if (found != null) {
                found.stream()
                        .filter(kept -> !driven.contains(kept.migration().id()))
                        .forEach(this::drive);
            }
        });
    }

    private void drive(Kept kept) {
        String id = kept.migration().id();
        driven.add(id);
        lease(kept, new Verb.AcquireLease(id, sidecar, LEASE_MILLIS)).onComplete((outcome, failure) -> {
            if (outcome instanceof Outcome.Granted granted && !isClosed) {
                log.info("coordinates the move {}", id);
                new Driver(this, kept, granted.lease().token()).round();
            } else {
                driven.remove(id);
            }
        });
    }

    /** Called by a driver that ends. */
    void ended(Kept kept, long token) {
        driven.remove(kept.migration().id());
        lease(kept, new Verb.ReleaseLease(kept.migration().id(), token));
    }

    /** Fails if this sidecar has no such store, too: then another one coordinates. */
    Future<Outcome> lease(Kept kept, Verb.OnLease verb) {
        try {
            return stores.get(kept.migration().target())
                    .execute(TaskCommand.of(MigrationRecords.NAMESPACE, clock.millis(), verb), soon());
        } catch (StoreException e) {
            return Future.failedFuture(e);
        }
    }

    CallOptions soon() {
        return new CallOptions(host.nanoTime() + Duration.ofSeconds(2).toNanos(), Consistency.LINEARIZABLE);
    }

    Stores stores() {
        return stores;
    }

    Policies policies() {
        return policies;
    }

    Host host() {
        return host;
    }

    long millis() {
        return clock.millis();
    }

    MigrationRecords records() {
        return records;
    }

    String sidecar() {
        return sidecar;
    }
}
