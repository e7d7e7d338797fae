package dev.tandem.task;

import dev.tandem.task.Outcome.Granted;
import dev.tandem.task.Outcome.Reason;
import dev.tandem.task.Outcome.Rejected;
import org.jspecify.annotations.Nullable;

/** The rules of a leader's lease: one holder a scope, until a time, under a token that only rises. A pure function. */
public final class LeaseRules {
    private LeaseRules() {}

    /**
     * What {@code verb} comes to on {@code now}; see {@link TaskRules#apply} for the parameters.
     *
     * @return {@link Granted} with what is to be written, or {@link Rejected}
     */
    public static Outcome apply(
            String namespace, @Nullable LeaderLease now, Verb.OnLease verb, long atMillis, long version) {
        if (verb instanceof Verb.AcquireLease acquire) {
            return acquire(namespace, now, acquire, atMillis, version);
        } else if (verb instanceof Verb.RenewLease renew) {
            if (now == null || now.token() != renew.token() || !now.holdsAt(atMillis)) {
                return lost(now);
            }
            return extend(now, renew.leaseMillis(), atMillis, version);
        } else if (verb instanceof Verb.ReleaseLease release) {
            if (now == null || now.token() != release.token() || !now.holdsAt(atMillis)) {
                return lost(now);
            }
            return new Granted(new LeaderLease(
                    now.namespace(),
                    now.scope(),
                    "",
                    now.token(),
                    version,
                    now.acquiredAtMillis(),
                    atMillis,
                    now.durationMillis()));
        }
        throw new IllegalArgumentException("not a verb on a lease: " + verb);
    }

    private static Outcome acquire(
            String namespace, @Nullable LeaderLease now, Verb.AcquireLease acquire, long atMillis, long version) {
        if (now != null && now.holdsAt(atMillis)) {
            return now.holder().equals(acquire.holder())
                    ? extend(now, acquire.leaseMillis(), atMillis, version)
                    : new Rejected(Reason.LEASE_HELD, "the lease is held by " + now.holder(), null, now);
        }
        return new Granted(new LeaderLease(
                namespace,
                acquire.scope(),
                acquire.holder(),
                version,
                version,
                atMillis,
                atMillis + acquire.leaseMillis(),
                acquire.leaseMillis()));
    }

    private static Outcome extend(LeaderLease now, long leaseMillis, long atMillis, long version) {
        long duration = leaseMillis == 0 ? now.durationMillis() : leaseMillis;
        return new Granted(new LeaderLease(
                now.namespace(),
                now.scope(),
                now.holder(),
                now.token(),
                version,
                now.acquiredAtMillis(),
                atMillis + duration,
                duration));
    }

    private static Rejected lost(@Nullable LeaderLease now) {
        return now == null
                ? new Rejected(Reason.NOT_FOUND, "nobody has held this lease", null, null)
                : new Rejected(Reason.LEASE_LOST, "the lease ran out or was taken over", null, now);
    }
}
