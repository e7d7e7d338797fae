package dev.tandem.store.raft.member;

import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.exception.CannotReplicateException;
import com.hazelcast.cp.exception.LeaderDemotedException;
import com.hazelcast.cp.exception.NotLeaderException;
import com.hazelcast.cp.exception.StaleAppendRequestException;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.TargetNotMemberException;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.operationservice.Operation;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes operations to the leaders of their groups, as this member knows them, and goes on to the next leader when one is gone.
 *
 * <p>Hazelcast's own way waits for the answer of a leader that was cut off or stands still until that one is taken off the
 * list of the living. Here a call leaves it as soon as this member knows of another, or of none.
 */
final class GroupCalls {
    private static final String RETRIES = "tandem-raft-retries";

    private final NodeEngineImpl engine;
    private final RaftService raft;
    private final long retryMillis;

    /** What waits for an answer. */
    private final Set<Attempt<?>> waiting = ConcurrentHashMap.newKeySet();

    GroupCalls(NodeEngineImpl engine, long retryMillis) {
        this.engine = engine;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
        this.retryMillis = retryMillis;
    }

    /** Is told of a call's end, once, on any thread. */
    interface Answer<T> {
        void succeeded(@Nullable T value);

        /** {@link StoreException} if there was no answer; anything else is the operation's own. */
        void failed(Throwable failure);
    }

    /**
     * Makes a call.
     *
     * @param operation makes it anew for each attempt
     * @param repeatable whether to apply it twice is as good as once
     * @param timeoutMillis how long to try
     */
    <T> void call(
            RaftGroupId group,
            Supplier<Operation> operation,
            boolean repeatable,
            long timeoutMillis,
            Answer<T> answer) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        new Call<>(group, operation, repeatable, deadline, answer).attempt();
    }

    /** Leaves leaders that lead no more, and ends calls whose time is up. Called now and then, by one thread. */
    void check() {
        long now = System.nanoTime();
        for (Attempt<?> attempt : waiting) {
            if (now - attempt.call.deadline > 0) {
                attempt.abandon(true);
            } else {
                RaftNode node = raft.getRaftNode(attempt.call.group);
                if (node == null || !attempt.leader.equals(node.getLeader())) {
                    attempt.abandon(false);
                }
            }
        }
    }

    private final class Call<T> {
        private final RaftGroupId group;
        private final Supplier<Operation> operation;
        private final boolean repeatable;
        private final long deadline;
        private final Answer<T> answer;
        private volatile boolean maybeApplied;

        Call(RaftGroupId group, Supplier<Operation> operation, boolean repeatable, long deadline, Answer<T> answer) {
            this.group = group;
            this.operation = operation;
            this.repeatable = repeatable;
            this.deadline = deadline;
            this.answer = answer;
        }

        void attempt() {
            RaftNode node = raft.getRaftNode(group);
            RaftEndpoint leader = node == null ? null : node.getLeader();
            CPMember member = leader == null
                    ? null
                    : raft.getInvocationManager().getRaftInvocationContext().getCPMember(leader.getUuid());
            if (leader == null || member == null) {
                retry("nobody leads the group");
                return;
            }
            new Attempt<>(this, leader).send(member);
        }

        void retry(String why) {
            if (System.nanoTime() - deadline > 0) {
                end(why);
                return;
            }
            try {
                var unused = engine.getExecutionService()
                        .schedule(RETRIES, this::attempt, retryMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                end("this member is being closed");
            }
        }

        void unknown(String why) {
            maybeApplied = true;
            if (repeatable) {
                retry(why);
            } else {
                end(why);
            }
        }

        void end(String why) {
            answer.failed(new StoreException(
                    maybeApplied ? FailureKind.MAYBE_APPLIED : FailureKind.NOT_APPLIED, group.getName() + ": " + why));
        }

        @SuppressWarnings("unchecked") // the operation's own result
        void succeed(@Nullable Object value) {
            answer.succeeded((T) value);
        }
    }

    private final class Attempt<T> {
        private final Call<T> call;
        private final RaftEndpoint leader;
        private final AtomicBoolean over = new AtomicBoolean();

        Attempt(Call<T> call, RaftEndpoint leader) {
            this.call = call;
            this.leader = leader;
        }

        void send(CPMember member) {
            Operation operation = call.operation.get();
            operation.setPartitionId(raft.getCPGroupPartitionId(call.group));
            waiting.add(this);
            try {
                var unused = engine.getOperationService()
                        .createInvocationBuilder(RaftService.SERVICE_NAME, operation, member.getAddress())
                        .setTryCount(1)
                        .invoke()
                        .whenCompleteAsync(this::answered, Runnable::run);
            } catch (RuntimeException e) {
                answered(null, e);
            }
        }

        private void answered(@Nullable Object value, @Nullable Throwable failure) {
            if (!finish()) {
                return;
            }
            if (failure == null) {
                call.succeed(value);
            } else if (failure instanceof NotLeaderException
                    || failure instanceof CannotReplicateException
                    || failure instanceof TargetNotMemberException
                    || failure instanceof CallerNotMemberException) {
                call.retry("the group's leader takes nothing on at the moment (" + failure.getMessage() + ")");
            } else if (ofTheWay(failure)) {
                call.unknown("the group's leader is gone (" + failure.getMessage() + ")");
            } else {
                call.answer.failed(failure);
            }
        }

        void abandon(boolean late) {
            if (finish()) {
                if (late) {
                    call.maybeApplied = true;
                    call.end("no answer in time");
                } else {
                    call.unknown("the group has another leader");
                }
            }
        }

        private boolean finish() {
            waiting.remove(this);
            return over.compareAndSet(false, true);
        }
    }

    /** Whether a failure came from where the operation was on its way, rather than from the operation itself. */
    private static boolean ofTheWay(Throwable failure) {
        // LeaderDemotedException: Hazelcast takes it for a safe one. But a member that is ended under an entry says so,
        // too,
        // and the next leader may commit that.
        return failure instanceof LeaderDemotedException
                || failure instanceof StaleAppendRequestException
                || failure instanceof MemberLeftException
                || failure instanceof IndeterminateOperationStateException
                || failure.getClass().getName().startsWith("com.hazelcast.");
    }
}
