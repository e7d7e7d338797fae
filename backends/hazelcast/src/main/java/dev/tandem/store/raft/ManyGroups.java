package dev.tandem.store.raft;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Takes the commands on many tasks to one group after the other, until their limit is reached. */
final class ManyGroups {
    /**
     * A claim that has this many bytes does not ask another group, which may give a whole page: together they have to fit
     * into a message.
     */
    private static final long CLAIM_GOES_ON_BYTES_MAX = Limits.PAGE_BYTES_MAX / 16;

    private final List<Proposer> proposers;
    private final GroupReads reads;
    private final AtomicInteger nextFirst = new AtomicInteger();

    ManyGroups(List<Proposer> proposers, GroupReads reads) {
        this.proposers = proposers;
        this.reads = reads;
    }

    /** The future completes on {@code context}. */
    Future<Outcome> execute(ContextInternal context, TaskCommand command, CallOptions options) {
        if (proposers.size() == 1) {
            return proposers.get(0).propose(context, command, options);
        }
        RequestKey request = command.request();
        if (request == null) {
            return start(context, command, options, all(nextFirst.getAndIncrement()));
        }
        if (!(command.verb() instanceof Verb.Claim)) {
            // Each group recognises it, and says what it did then.
            return start(context, command, options, all(0));
        }
        // A group that gave nothing does not remember the claim, and would give what it has by now.
        List<Integer> order = all(request.id().hashCode());
        return reads.withRequest(context, command.namespace(), request.id(), command.atMillis(), options)
                .compose(known -> {
                    if (!known.isEmpty()) {
                        order.retainAll(known);
                    }
                    return start(context, command, options, order);
                });
    }

    /** All groups' numbers, from some place on. */
    private List<Integer> all(int first) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < proposers.size(); i++) {
            order.add(1 + Math.floorMod(first + i, proposers.size()));
        }
        return order;
    }

    private Future<Outcome> start(
            ContextInternal context, TaskCommand command, CallOptions options, List<Integer> order) {
        return command.verb() instanceof Verb.Claim claim
                ? new ClaimWalk(context, command, claim, options, order).next(0)
                : new SweepWalk(context, command, (Verb.OnMany) command.verb(), options, order).next(0);
    }

    private Future<Outcome> propose(
            ContextInternal context, int group, TaskCommand command, Verb verb, CallOptions options) {
        return proposers.get(group - 1).propose(context, command.withVerb(verb), options);
    }

    /** A claim on its way. One group that does not answer does not keep what others gave. */
    private final class ClaimWalk {
        private final ContextInternal context;
        private final TaskCommand command;
        private final Verb.Claim claim;
        private final CallOptions options;
        private final List<Integer> order;
        private final List<Task> claimed = new ArrayList<>();
        private long bytes;
        private long nextDueAtMillis = Long.MAX_VALUE;
        private @Nullable StoreException failure;

        ClaimWalk(
                ContextInternal context,
                TaskCommand command,
                Verb.Claim claim,
                CallOptions options,
                List<Integer> order) {
            this.context = context;
            this.command = command;
            this.claim = claim;
            this.options = options;
            this.order = order;
        }

        Future<Outcome> next(int asked) {
            int left = claim.limit() - claimed.size();
            if (asked == order.size() || left <= 0 || bytes > CLAIM_GOES_ON_BYTES_MAX) {
                return end();
            }
            Verb.Claim one = new Verb.Claim(claim.queues(), claim.workerId(), claim.leaseMillis(), left);
            return propose(context, order.get(asked), command, one, options)
                    .transform(
                            answer -> answer.succeeded() ? add(answer.result(), asked) : miss(answer.cause(), asked));
        }

        private Future<Outcome> add(Outcome outcome, int asked) {
            if (!(outcome instanceof Outcome.Claimed part)) {
                return claimed.isEmpty() ? context.succeededFuture(outcome) : end();
            }
            for (Task task : part.tasks()) {
                claimed.add(task);
                bytes += task.contentBytes();
            }
            nextDueAtMillis = Math.min(nextDueAtMillis, part.nextDueAtMillis());
            return next(asked + 1);
        }

        private Future<Outcome> miss(Throwable cause, int asked) {
            failure = GroupAnswers.worse(failure, (StoreException) cause);
            return next(asked + 1);
        }

        private Future<Outcome> end() {
            return claimed.isEmpty() && failure != null
                    ? context.failedFuture(failure)
                    : context.succeededFuture(new Outcome.Claimed(List.copyOf(claimed), nextDueAtMillis));
        }
    }

    private static boolean is(FailureKind kind, Throwable cause) {
        return cause instanceof StoreException told && told.kind() == kind;
    }

    /** A sweep or prune on its way. A group whose gate does not let it in leaves more to do, and does not keep others from theirs. */
    private final class SweepWalk {
        private final ContextInternal context;
        private final TaskCommand command;
        private final Verb.OnMany verb;
        private final CallOptions options;
        private final List<Integer> order;
        private long requeued;
        private long deleted;
        private boolean more;
        private @Nullable Throwable fenced;

        SweepWalk(
                ContextInternal context,
                TaskCommand command,
                Verb.OnMany verb,
                CallOptions options,
                List<Integer> order) {
            this.context = context;
            this.command = command;
            this.verb = verb;
            this.options = options;
            this.order = order;
        }

        Future<Outcome> next(int asked) {
            int left = (int) (verb.limit() - requeued - deleted);
            if (asked == order.size() || left <= 0) {
                if (fenced != null && requeued + deleted == 0) {
                    return context.failedFuture(fenced);
                }
                return context.succeededFuture(new Outcome.Swept(requeued, deleted, more || asked < order.size()));
            }
            return propose(context, order.get(asked), command, withLimit(left), options)
                    .transform(
                            answer -> answer.succeeded() ? add(answer.result(), asked) : miss(answer.cause(), asked));
        }

        private Verb withLimit(int limit) {
            return verb instanceof Verb.Prune prune
                    ? new Verb.Prune(prune.states(), prune.finishedBeforeMillis(), limit)
                    : new Verb.Sweep(limit);
        }

        private Future<Outcome> add(Outcome outcome, int asked) {
            if (!(outcome instanceof Outcome.Swept part)) {
                return context.succeededFuture(outcome);
            }
            requeued += part.requeued();
            deleted += part.deleted();
            more |= part.more();
            return next(asked + 1);
        }

        private Future<Outcome> miss(Throwable cause, int asked) {
            if (is(FailureKind.FENCED, cause)) {
                fenced = cause;
                more = true;
                return next(asked + 1);
            }
            return asked == 0 || is(FailureKind.MAYBE_APPLIED, cause)
                    ? context.failedFuture(cause)
                    : context.failedFuture(new StoreException(
                            FailureKind.MAYBE_APPLIED,
                            "some groups were swept, and one was not: " + cause.getMessage(),
                            cause));
        }
    }
}
