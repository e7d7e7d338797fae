package dev.tandem.store.raft;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.Capabilities.Durability;
import dev.tandem.store.FailureKind;
import dev.tandem.store.Listeners;
import dev.tandem.store.StoreException;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that keeps tasks in Raft groups: a task in the group of its id, a leader's lease in that of its scope.
 *
 * <p>A group is a shard, with all that {@link Capabilities#shards} says of several. A claim or sweep under a request id is recognised,
 * unless two of the same id run at once.
 *
 * <p>Failures: OVERLOADED when too many calls wait; MAYBE_APPLIED for a command that was sent when its deadline passed, or of which
 * no group knows what became of it; NOT_APPLIED when no leader was there for half a minute. Subscriptions on a
 * member without a vote are called for any change that it hears of, which is some 100 ms later. Safe for use by several threads.
 */
public final class RaftTaskStore implements TaskStore {
    /** How often the calls' deadlines are looked at. */
    private static final long DEADLINE_PERIOD_MILLIS = 20;

    private final VertxInternal vertx;
    private final TaskGroups groups;
    private final List<Proposer> proposers = new ArrayList<>();
    private final GroupReads reads;
    private final ManyGroups many;
    private final Listeners listeners = new Listeners();

    /** What may still ask a group after another one has answered. */
    private final UnderWay underWay = new UnderWay();

    private final AtomicBoolean hasTimer = new AtomicBoolean();
    private volatile boolean closed;

    /** A store over groups, which it does not close; one at a time hears of the groups' changes. */
    public RaftTaskStore(Vertx vertx, TaskGroups groups) {
        this.vertx = (VertxInternal) vertx;
        this.groups = groups;
        for (int group = 1; group <= groups.count(); group++) {
            proposers.add(new Proposer(groups, group));
        }
        reads = new GroupReads(groups);
        many = new ManyGroups(proposers, reads);
        groups.onChange(new ChangeListener() {
            @Override
            public void changed(int group, String namespace) {
                listeners.changed(namespace);
            }

            @Override
            public void allChanged() {
                listeners.allChanged();
            }
        });
    }

    @Override
    public Future<Outcome> execute(TaskCommand command, CallOptions options) {
        ContextInternal context = vertx.getOrCreateContext();
        StoreException refused = refusal(options);
        if (refused != null) {
            return context.failedFuture(refused);
        }
        setTimer(options);
        Verb verb = command.verb();
        if (verb instanceof Verb.OnTask onTask) {
            return proposer(onTask.taskId()).propose(context, command, options);
        } else if (verb instanceof Verb.OnLease onLease) {
            return proposer(onLease.scope()).propose(context, command, options);
        }
        return counted(context, () -> {
            if (verb instanceof Verb.Mirror mirror) {
                return mirror(context, command, mirror, options);
            } else if (verb instanceof Verb.MoveGate move) {
                return moveGates(context, command, move, options);
            }
            return verb instanceof Verb.Acknowledge acknowledge
                    ? acknowledge(context, command, acknowledge, options)
                    : many.execute(context, command, options);
        });
    }

    private <T> Future<T> counted(ContextInternal context, Supplier<Future<T>> call) {
        return underWay.begin() ? call.get().onComplete(answer -> underWay.end()) : context.failedFuture(isClosed());
    }

    /** Each group is given its part, and is told of the version even if that is empty. */
    private Future<Outcome> mirror(
            ContextInternal context, TaskCommand command, Verb.Mirror mirror, CallOptions options) {
        List<Future<Outcome>> parts = new ArrayList<>();
        List<Verb.Mirror> split = MirrorParts.of(mirror, proposers.size());
        for (int i = 0; i < proposers.size(); i++) {
            parts.add(proposers.get(i).propose(context, command.withVerb(split.get(i)), options));
        }
        return MirrorParts.together(context, parts);
    }

    /** The first group's gate decides, and the others' follow it: once it has moved, so have they, or do when the move is made again. */
    private Future<Outcome> moveGates(
            ContextInternal context, TaskCommand command, Verb.MoveGate move, CallOptions options) {
        Future<Outcome> decision = proposers.get(0).propose(context, command, options);
        return decision.compose(first -> {
            if (!first.succeeded()) {
                return decision;
            }
            TaskCommand following = command.withVerb(new Verb.MoveGate(Verb.MoveGate.ANY_LOWER, move.to()));
            List<Future<Outcome>> all = new ArrayList<>(List.of(decision));
            proposers.stream().skip(1).forEach(other -> all.add(other.propose(context, following, options)));
            return GroupAnswers.joined(
                    context,
                    all,
                    Outcome::succeeded,
                    gates -> gates.stream()
                            .filter(gate -> !gate.succeeded())
                            .findFirst()
                            .orElse(first));
        });
    }

    private Future<Outcome> acknowledge(
            ContextInternal context, TaskCommand command, Verb.Acknowledge acknowledge, CallOptions options) {
        List<Future<Outcome>> parts = new ArrayList<>();
        AcknowledgeParts.of(acknowledge, proposers.size())
                .forEach((group, part) ->
                        parts.add(proposers.get(group - 1).propose(context, command.withVerb(part), options)));
        return GroupAnswers.joined(
                context,
                parts,
                part -> removed(part) > 0,
                outcomes -> new Outcome.Acknowledged(
                        outcomes.stream().mapToLong(RaftTaskStore::removed).sum()));
    }

    private static long removed(Outcome outcome) {
        return ((Outcome.Acknowledged) outcome).entries();
    }

    private Proposer proposer(String name) {
        return proposers.get(Shards.group(name, proposers.size()) - 1);
    }

    @Override
    public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
        ContextInternal context = vertx.getOrCreateContext();
        StoreException refused = refusal(options);
        if (refused != null) {
            return context.failedFuture(refused);
        }
        setTimer(options);
        return counted(context, () -> reads.answer(context, query, options));
    }

    private @Nullable StoreException refusal(CallOptions options) {
        if (closed) {
            return isClosed();
        }
        return options.isPast(System.nanoTime())
                ? new StoreException(FailureKind.DEADLINE_PASSED, "the deadline of the call has passed")
                : null;
    }

    private static StoreException isClosed() {
        return new StoreException(FailureKind.NOT_APPLIED, "the store is closed");
    }

    /** One timer for all calls, for as long as there are any with a deadline. */
    private void setTimer(CallOptions options) {
        if (options.deadlineNanos() != CallOptions.NEVER) {
            setTimer();
        }
    }

    private void setTimer() {
        if (!hasTimer.get() && hasTimer.compareAndSet(false, true)) {
            vertx.setTimer(DEADLINE_PERIOD_MILLIS, timer -> checkDeadlines());
        }
    }

    private void checkDeadlines() {
        // Before the look, so that a call that comes during it sets the next.
        hasTimer.set(false);
        long now = System.nanoTime();
        boolean others = reads.checkDeadlines(now);
        for (Proposer proposer : proposers) {
            others |= proposer.checkDeadlines(now);
        }
        if (others) {
            setTimer();
        }
    }

    @Override
    public Subscription subscribe(String namespace, Runnable listener) {
        return listeners.add(namespace, vertx.getOrCreateContext(), listener);
    }

    @Override
    public String newTaskId(String namespace, String requestId, Supplier<String> ids) {
        int group = Shards.group(requestId, proposers.size());
        String id = ids.get();
        while (Shards.group(id, proposers.size()) != group) {
            id = ids.get();
        }
        return id;
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                groups.isOnDisk() ? Durability.MAJORITY_DISK : Durability.PROCESS, true, proposers.size());
    }

    /** What waits for the groups just now. From any thread. */
    public Load load() {
        Load sum = new Load(0, 0, 0);
        for (Proposer proposer : proposers) {
            sum = sum.and(proposer.load());
        }
        return sum;
    }

    /**
     * What waits for groups.
     *
     * @param batches how many batches are under way
     * @param commands how many commands wait for a batch
     * @param commandBytes what these hold, roughly
     */
    public record Load(int batches, int commands, long commandBytes) {
        Load and(Load other) {
            return new Load(batches + other.batches, commands + other.commands, commandBytes + other.commandBytes);
        }
    }

    @Override
    public Future<Void> close() {
        ContextInternal context = vertx.getOrCreateContext();
        closed = true;
        groups.onChange(ChangeListener.NONE);
        listeners.clear();
        Promise<Void> done = context.promise();
        underWay.close()
                .compose(none -> {
                    List<Future<Void>> ends = new ArrayList<>();
                    proposers.forEach(proposer -> ends.add(proposer.close(context)));
                    return Future.all(ends).<Void>mapEmpty();
                })
                .onComplete(done);
        return done.future();
    }
}
