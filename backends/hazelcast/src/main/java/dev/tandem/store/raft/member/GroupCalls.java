package dev.tandem.store.raft.member;

import com.hazelcast.cluster.Address;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.exception.CannotReplicateException;
import com.hazelcast.cp.exception.LeaderDemotedException;
import com.hazelcast.cp.exception.NotLeaderException;
import com.hazelcast.cp.exception.StaleAppendRequestException;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.util.PartitionSpecificRunnableAdaptor;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.internal.server.ServerConnection;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.TargetNotMemberException;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.executionservice.ExecutionService;
import com.hazelcast.spi.impl.operationexecutor.OperationHostileThread;
import com.hazelcast.spi.impl.operationexecutor.impl.OperationThread;
import com.hazelcast.spi.impl.operationservice.Operation;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes operations to the leaders of their groups, as {@link GroupLeaders} knows them, and goes on to the next leader when one is gone.
 *
 * <p>Hazelcast's own way waits for the answer of a leader that was cut off or stands still until that one is taken off the
 * list of the living. Here a call leaves it as soon as this member knows of another, or of none.
 */
final class GroupCalls {
    private static final String RETRIES = "tandem-raft-retries";
    private static final String CLOSED = "this member is being closed";

    private final NodeEngineImpl engine;
    private final RaftService raft;
    private final GroupLeaders leaders;
    private final long retryMillis;

    /** What has no answer yet. How many there may be is the callers' to bound. */
    private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;

    GroupCalls(NodeEngineImpl engine, GroupLeaders leaders, long retryMillis) {
        this.engine = engine;
        this.raft = engine.getService(RaftService.SERVICE_NAME);
        this.leaders = leaders;
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
        Call<T> call = new Call<>(group, operation, repeatable, deadline, answer);
        open.add(call);
        if (closed) {
            call.end(CLOSED);
            return;
        }
        // Who makes a call when another one is answered is on the thread that answers.
        Thread answering = Thread.currentThread();
        if (answering instanceof OperationHostileThread) {
            // It reads answers of others, and may not send.
            call.attemptElsewhere();
        } else if (answering instanceof OperationThread) {
            call.attemptNext();
        } else {
            call.attempt();
        }
    }

    /** Leaves leaders that lead no more, and ends calls whose time is up. Called now and then, by one thread. */
    void check() {
        long now = System.nanoTime();
        for (Call<?> call : open) {
            call.check(now);
        }
    }

    /** Ends all calls that have no answer yet, and those to come. */
    void close() {
        closed = true;
        for (Call<?> call : open) {
            call.end(CLOSED);
        }
    }

    private final class Call<T> {
        private final RaftGroupId group;
        private final Supplier<Operation> operation;
        private final boolean repeatable;
        private final long deadline;
        private final Answer<T> answer;
        private final AtomicBoolean ended = new AtomicBoolean();
        private volatile boolean maybeApplied;

        /** What is on its way; null between attempts. */
        private final AtomicReference<@Nullable Attempt> current = new AtomicReference<>();

        Call(RaftGroupId group, Supplier<Operation> operation, boolean repeatable, long deadline, Answer<T> answer) {
            this.group = group;
            this.operation = operation;
            this.repeatable = repeatable;
            this.deadline = deadline;
            this.answer = answer;
        }

        void attemptElsewhere() {
            try {
                engine.getExecutionService().execute(ExecutionService.ASYNC_EXECUTOR, this::attempt);
            } catch (RejectedExecutionException e) {
                end(CLOSED);
            }
        }

        /**
         * When the group's thread has done what it is at. It may be in the middle of answering questions or applying entries, and
         * would take on another at once: the list of questions that it goes through would change, and all of them wait for the next heartbeat.
         */
        void attemptNext() {
            engine.getOperationService()
                    .execute(new PartitionSpecificRunnableAdaptor(this::attempt, raft.getCPGroupPartitionId(group)));
        }

        void attempt() {
            CPMember leader = leaders.of(group);
            if (leader == null) {
                retry("nobody leads the group");
            } else {
                send(new Attempt(leader.getUuid(), connection(leader.getAddress())), leader.getAddress());
            }
        }

        private void send(Attempt attempt, Address leader) {
            Operation next = operation.get();
            next.setPartitionId(raft.getCPGroupPartitionId(group));
            current.set(attempt);
            if (ended.get()) {
                return;
            }
            try {
                var unused = engine.getOperationService()
                        .createInvocationBuilder(RaftService.SERVICE_NAME, next, leader)
                        .setTryCount(1)
                        .invoke()
                        .whenCompleteAsync((value, failure) -> answered(attempt, value, failure), Runnable::run);
            } catch (RuntimeException e) {
                answered(attempt, null, e);
            }
        }

        @SuppressWarnings("unchecked") // the operation's own result
        private void answered(Attempt attempt, @Nullable Object value, @Nullable Throwable failure) {
            if (!current.compareAndSet(attempt, null)) {
                return;
            }
            if (failure == null) {
                if (finish()) {
                    answer.succeeded((T) value);
                }
            } else if (failure instanceof NotLeaderException
                    || failure instanceof CannotReplicateException
                    || failure instanceof TargetNotMemberException
                    || failure instanceof CallerNotMemberException) {
                retry("the group's leader takes nothing on at the moment (" + failure.getMessage() + ")");
            } else if (ofTheWay(failure)) {
                unknown("the group's leader is gone (" + failure.getMessage() + ")");
            } else if (finish()) {
                answer.failed(failure);
            }
        }

        void check(long now) {
            Attempt attempt = current.get();
            if (now - deadline > 0) {
                end("no answer in time");
            } else if (attempt != null) {
                CPMember leader = leaders.of(group);
                boolean leads = leader != null && attempt.leader.equals(leader.getUuid());
                if ((!leads || attempt.isLost()) && current.compareAndSet(attempt, null)) {
                    unknown(leads ? "the connection to the leader was lost" : "the group has another leader");
                }
            }
        }

        private void retry(String why) {
            if (closed || System.nanoTime() - deadline > 0) {
                end(why);
                return;
            }
            try {
                var unused = engine.getExecutionService()
                        .schedule(RETRIES, this::attempt, retryMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                end(CLOSED);
            }
        }

        private void unknown(String why) {
            maybeApplied = true;
            if (repeatable) {
                retry(why);
            } else {
                end(why);
            }
        }

        void end(String why) {
            if (finish()) {
                // Looked at last: an attempt is noted before it looks whether the call has ended, and sent after that.
                boolean underWay = current.getAndSet(null) != null;
                FailureKind kind = maybeApplied || underWay ? FailureKind.MAYBE_APPLIED : FailureKind.NOT_APPLIED;
                answer.failed(new StoreException(kind, group.getName() + ": " + why));
            }
        }

        private boolean finish() {
            open.remove(this);
            return ended.compareAndSet(false, true);
        }
    }

    private @Nullable ServerConnection connection(Address address) {
        return engine.getNode()
                .getServer()
                .getConnectionManager(EndpointQualifier.MEMBER)
                .get(address);
    }

    /** One of a call's attempts; known by being itself. */
    private static final class Attempt {
        private final UUID leader;

        /** What it went over; null if there was none yet, or it did not leave the member. */
        private final @Nullable ServerConnection connection;

        Attempt(UUID leader, @Nullable ServerConnection connection) {
            this.leader = leader;
            this.connection = connection;
        }

        /** Hazelcast would wait for the answer for as long as the leader is a member. */
        boolean isLost() {
            return connection != null && !connection.isAlive();
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
