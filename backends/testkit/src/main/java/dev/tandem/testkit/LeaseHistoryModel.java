package dev.tandem.testkit;

import static dev.tandem.testkit.HistoryModel.fill;
import static dev.tandem.testkit.HistoryModel.normal;

import dev.tandem.task.LeaderLease;
import dev.tandem.task.LeaseRules;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestKey;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.LeaseHistoryModel.Belief;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One leader's lease, run by {@link LeaseRules}; for the rest as {@link TaskHistoryModel}. */
final class LeaseHistoryModel implements HistoryModel<Belief> {
    private final String namespace;
    private final long latestMillis;

    LeaseHistoryModel(String namespace, long latestMillis) {
        this.namespace = namespace;
        this.latestMillis = latestMillis;
    }

    /** What the lease may be; see {@link TaskHistoryModel.Belief}. */
    record Belief(@Nullable LeaderLease lease, long floor, long notBeforeMillis, Set<String> applied) {
        Belief with(LeaderLease next, long version, long atMillis) {
            return new Belief(normalized(next), Math.max(floor, version), Math.max(notBeforeMillis, atMillis), applied);
        }

        Belief remembering(@Nullable RequestKey request) {
            if (request == null) {
                return this;
            }
            Set<String> more = new HashSet<>(applied);
            more.add(request.id());
            return new Belief(lease, floor, notBeforeMillis, Set.copyOf(more));
        }
    }

    @Override
    public Belief start() {
        return new Belief(null, 0, 0, Set.of());
    }

    @Override
    public long floor(Belief state) {
        return state.floor();
    }

    @Override
    public long notBeforeMillis(Belief state) {
        return state.notBeforeMillis();
    }

    @Override
    public Belief withoutBounds(Belief state) {
        return new Belief(state.lease(), 0, 0, state.applied());
    }

    @Override
    public Object remembered(Belief state) {
        return state.applied();
    }

    @Override
    public Belief forgetting(Belief state, String requestId) {
        if (!state.applied().contains(requestId)) {
            return state;
        }
        Set<String> fewer = new HashSet<>(state.applied());
        fewer.remove(requestId);
        return new Belief(state.lease(), state.floor(), state.notBeforeMillis(), Set.copyOf(fewer));
    }

    @Override
    public List<Belief> step(Belief now, Operation operation) {
        List<Belief> next = new ArrayList<>();
        if (operation.call() instanceof Operation.ReadLease
                && operation.answer() instanceof Operation.FoundLease found) {
            addIfSeen(next, now, found.lease());
        } else if (operation.call() instanceof Operation.Command call
                && call.command().verb() instanceof Verb.OnLease verb) {
            TaskCommand command = call.command();
            boolean repeated = command.request() != null
                    && now.applied().contains(command.request().id());
            if (operation.answer() instanceof Operation.Came came) {
                if (repeated) {
                    replayed(next, now, came.outcome());
                } else {
                    known(next, now, command, verb, came.outcome());
                }
            } else if (!repeated) {
                unknown(next, now, command, verb);
            }
        }
        return next;
    }

    private static void replayed(List<Belief> next, Belief now, Outcome outcome) {
        if (outcome instanceof Outcome.Granted granted) {
            addIfSeen(next, now, granted.lease());
        } else if (outcome instanceof Outcome.Rejected) {
            next.add(now);
        }
    }

    private void known(List<Belief> next, Belief now, TaskCommand command, Verb.OnLease verb, Outcome outcome) {
        for (LeaderLease variant : variants(now, verb)) {
            if (outcome instanceof Outcome.Granted granted) {
                LeaderLease seen = granted.lease();
                long at = verb instanceof Verb.ReleaseLease
                        ? seen.expiresAtMillis()
                        : seen.expiresAtMillis() - seen.durationMillis();
                boolean inOrder =
                        seen.version() > now.floor() && at >= now.notBeforeMillis() && at >= command.atMillis();
                if (inOrder
                        && LeaseRules.apply(namespace, variant, verb, at, seen.version())
                                instanceof Outcome.Granted ruled
                        && filled(normalized(ruled.lease()), seen).equals(seen)) {
                    next.add(now.with(seen, seen.version(), at).remembering(command.request()));
                }
            } else if (outcome instanceof Outcome.Rejected rejected) {
                refused(next, now, variant, verb, rejected);
            }
        }
    }

    private void refused(
            List<Belief> next,
            Belief now,
            @Nullable LeaderLease variant,
            Verb.OnLease verb,
            Outcome.Rejected rejected) {
        if (rejected.reason() == Outcome.Reason.REQUEST_ID_REUSED) {
            next.add(now);
            return;
        }
        for (long at : new long[] {now.notBeforeMillis(), latestMillis}) {
            if (LeaseRules.apply(namespace, variant, verb, at, HOLE) instanceof Outcome.Rejected ruled
                    && ruled.reason() == rejected.reason()) {
                if (rejected.lease() == null) {
                    next.add(now);
                } else {
                    addIfSeen(next, now, rejected.lease());
                }
                return;
            }
        }
    }

    private void unknown(List<Belief> next, Belief now, TaskCommand command, Verb.OnLease verb) {
        List<@Nullable LeaderLease> variants = variants(now, verb);
        LeaderLease lease = now.lease();
        if (lease != null && lease.expiresAtMillis() >= 0 && lease.expiresAtMillis() <= latestMillis) {
            variants.add(endingAt(lease, HOLE));
        }
        for (LeaderLease variant : variants) {
            if (LeaseRules.apply(namespace, variant, verb, HOLE, HOLE) instanceof Outcome.Granted ruled) {
                long at = Math.max(0, command.atMillis());
                next.add(now.with(ruled.lease(), 0, at).remembering(command.request()));
            }
        }
    }

    /** The lease with each hole filled that the verb looks into, in every way that could matter to it. */
    private static List<@Nullable LeaderLease> variants(Belief now, Verb.OnLease verb) {
        LeaderLease lease = now.lease();
        List<@Nullable LeaderLease> variants = new ArrayList<>();
        variants.add(lease);
        long token = verb instanceof Verb.RenewLease renew
                ? renew.token()
                : verb instanceof Verb.ReleaseLease release ? release.token() : 0;
        if (lease != null && (lease.token() < 0 || lease.expiresAtMillis() < 0)) {
            LeaderLease known = new LeaderLease(
                    lease.namespace(),
                    lease.scope(),
                    lease.holder(),
                    lease.token() < 0 && token > 0 ? token : lease.token(),
                    lease.version(),
                    lease.acquiredAtMillis(),
                    lease.expiresAtMillis(),
                    lease.durationMillis());
            variants.add(known.expiresAtMillis() < 0 ? endingAt(known, Long.MAX_VALUE) : known);
        }
        return variants;
    }

    private static void addIfSeen(List<Belief> next, Belief now, @Nullable LeaderLease seen) {
        LeaderLease lease = now.lease();
        if (lease == null || seen == null) {
            if (lease == null && seen == null) {
                next.add(now);
            }
            return;
        }
        boolean inOrder = lease.version() >= 0 || seen.version() > now.floor();
        if (inOrder && filled(lease, seen).equals(seen)) {
            next.add(now.with(seen, seen.version(), 0));
        }
    }

    private static LeaderLease endingAt(LeaderLease lease, long expiresAtMillis) {
        return new LeaderLease(
                lease.namespace(),
                lease.scope(),
                lease.holder(),
                lease.token(),
                lease.version(),
                lease.acquiredAtMillis(),
                expiresAtMillis,
                lease.durationMillis());
    }

    private static LeaderLease filled(LeaderLease model, LeaderLease seen) {
        return new LeaderLease(
                model.namespace(),
                model.scope(),
                model.holder(),
                fill(model.token(), seen.token()),
                fill(model.version(), seen.version()),
                fill(model.acquiredAtMillis(), seen.acquiredAtMillis()),
                fill(model.expiresAtMillis(), seen.expiresAtMillis()),
                model.durationMillis());
    }

    private static LeaderLease normalized(LeaderLease lease) {
        return new LeaderLease(
                lease.namespace(),
                lease.scope(),
                lease.holder(),
                normal(lease.token()),
                normal(lease.version()),
                normal(lease.acquiredAtMillis()),
                normal(lease.expiresAtMillis()),
                lease.durationMillis());
    }
}
