package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Progress;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One simulated caller of a store: it makes one random call after the other, and repeats what may have been applied under
 * the same request id. Owned by its own context.
 */
final class WorkClient {
    private static final long PAUSE_MILLIS = 1;
    private static final long BACKOFF_MILLIS_MAX = 50;
    private static final int ATTEMPTS_MAX = 1_000;
    private static final int HELD_MAX = 16;
    private static final long KEEP_MILLIS = 3_600_000;
    private static final List<TaskState> STATES = List.of(TaskState.values());

    private final int number;
    private final TaskStore store;
    private final Context context;
    private final Random random;
    private final Duration deadline;
    private final boolean reads;
    private final Function<Random, Work.Area> areas;
    private final WorkProgress progress;
    private final Promise<Void> ended = Promise.promise();

    /** Claims as they were answered, the newest first: some are over by now, which is as it should be. */
    private final Deque<Task> held = new ArrayDeque<>();

    private @Nullable LeaderLease led;
    private long requests;
    private boolean stopping;

    /** @param store written down */
    WorkClient(
            int number,
            TaskStore store,
            Context context,
            long seed,
            Duration deadline,
            boolean reads,
            Function<Random, Work.Area> areas,
            WorkProgress progress) {
        this.number = number;
        this.store = store;
        this.context = context;
        this.random = new Random(seed);
        this.deadline = deadline;
        this.reads = reads;
        this.areas = areas;
        this.progress = progress;
    }

    void start() {
        context.runOnContext(go -> next());
    }

    /** Begins nothing new; completes when what is under way has its answer. */
    Future<Void> finish() {
        context.runOnContext(go -> stopping = true);
        return ended.future();
    }

    private void next() {
        if (stopping) {
            ended.tryComplete();
            return;
        }
        Work.Area area = areas.apply(random);
        int choice = reads ? random.nextInt(100) : 18 + random.nextInt(82);
        if (choice < 14) {
            read(store.query(new TaskQuery.Get(area.namespace(), area.anyTask(random)), options()));
        } else if (choice < 16) {
            read(store.query(
                    new TaskQuery.ListTasks(area.namespace(), TaskFilter.ALL, random.nextBoolean(), null, 50),
                    options()));
        } else if (choice < 18) {
            read(store.query(new TaskQuery.GetLease(area.namespace(), anyScope()), options()));
        } else {
            String id = "c" + number + "-" + ++requests;
            TaskCommand command = command(area, id, choice);
            attempt(command, 1);
        }
    }

    private CallOptions options() {
        return new CallOptions(System.nanoTime() + deadline.toNanos(), Consistency.LINEARIZABLE);
    }

    private void read(Future<?> answer) {
        answer.onComplete(found -> {
            if (found.succeeded()) {
                progress.add(WorkProgress.READ);
            } else {
                failed(found.cause());
            }
            again(PAUSE_MILLIS);
        });
    }

    private void attempt(TaskCommand command, int attempt) {
        store.execute(command.withAtMillis(System.currentTimeMillis()), options())
                .onComplete(answer -> {
                    if (answer.succeeded()) {
                        progress.acknowledged(answer.result() instanceof Outcome.Rejected);
                        note(answer.result());
                        again(PAUSE_MILLIS);
                        return;
                    }
                    boolean isUnknown = failed(answer.cause());
                    long wait = Math.min(BACKOFF_MILLIS_MAX, attempt);
                    // What was in doubt once is repeated until it is answered, most of the time.
                    boolean goesOn = attempt > 1 || (isUnknown && random.nextInt(5) > 0);
                    if (goesOn && attempt < ATTEMPTS_MAX && !stopping) {
                        context.owner().setTimer(wait, now -> attempt(command, attempt + 1));
                    } else {
                        again(wait);
                    }
                });
    }

    private void again(long pauseMillis) {
        context.owner().setTimer(pauseMillis, now -> next());
    }

    /** Whether the call may have been applied. */
    private boolean failed(Throwable why) {
        if (why instanceof StoreException failure && failure.kind() != FailureKind.CORRUPT) {
            progress.failed(failure);
            return failure.kind() == FailureKind.MAYBE_APPLIED;
        }
        progress.surprised(why);
        return true;
    }

    private void note(Outcome outcome) {
        if (outcome instanceof Outcome.Claimed claimed) {
            claimed.tasks().forEach(held::addFirst);
            while (held.size() > HELD_MAX) {
                held.removeLast();
            }
        } else if (outcome instanceof Outcome.Granted granted) {
            led = granted.lease().holder().isEmpty() ? null : granted.lease();
        }
    }

    private String anyScope() {
        return "s" + random.nextInt(2);
    }

    /** Mostly none in particular, sometimes one that is wrong or long gone. */
    private long anyVersion() {
        return random.nextInt(8) == 0 ? 1 + random.nextInt(200) : 0;
    }

    private TaskCommand command(Work.Area area, String request, int choice) {
        LeaderLease lease = led;
        if (choice >= 59 && choice < 66 && lease != null && random.nextInt(3) > 0) {
            Verb verb = random.nextInt(4) == 0
                    ? new Verb.ReleaseLease(lease.scope(), lease.token())
                    : new Verb.RenewLease(lease.scope(), lease.token(), 0);
            return command(lease.namespace(), request, verb);
        }
        Task claimed = choice < 80 ? null : anyHeld();
        return claimed == null
                ? command(area.namespace(), request, verb(area, request, choice))
                : command(claimed.namespace(), request, onClaimed(claimed, request, choice));
    }

    private static TaskCommand command(String namespace, String request, Verb verb) {
        return new TaskCommand(namespace, 0, new RequestKey(request, CommandCodec.bodyHash(verb), KEEP_MILLIS), verb);
    }

    private Verb verb(Work.Area area, String request, int choice) {
        String id = area.anyTask(random);
        if (choice < 36) {
            long keep = random.nextInt(10) == 0 ? 0 : KEEP_MILLIS;
            return new Verb.Create(
                    id,
                    Tasks.spec().withPayload(Tasks.bytes(request)).withRetentionMillis(keep),
                    0,
                    random.nextInt(4) == 0 ? 30 : 0,
                    Map.of());
        } else if (choice < 44) {
            return Tasks.update(id)
                    .expecting(anyVersion())
                    .priority(random.nextInt(10))
                    .verb();
        } else if (choice < 51) {
            return new Verb.Delete(id, anyVersion());
        } else if (choice < 55) {
            return new Verb.Cancel(id, anyVersion(), request);
        } else if (choice < 59) {
            return new Verb.Retry(id, 0);
        } else if (choice < 66) {
            return new Verb.AcquireLease(anyScope(), "h" + number, area.leaseMillis());
        } else if (choice < 68) {
            return new Verb.Sweep(100);
        } else if (area.hasClaims()) {
            return new Verb.Claim(List.of(Tasks.QUEUE), "w" + number, area.leaseMillis(), 1 + random.nextInt(2));
        }
        return new Verb.Transition(
                id, anyVersion(), 0, STATES.get(random.nextInt(STATES.size())), Tasks.bytes(request), null);
    }

    private Verb onClaimed(Task claimed, String request, int choice) {
        TaskLease lease = Objects.requireNonNull(claimed.lease());
        if (choice < 84) {
            return new Verb.Renew(claimed.id(), lease.token(), 0, new Progress(random.nextInt(101), ""));
        } else if (choice < 92) {
            return new Verb.Complete(claimed.id(), lease.token(), Tasks.bytes(request));
        } else if (choice < 97) {
            return new Verb.Fail(claimed.id(), lease.token(), Tasks.error(), random.nextInt(3) == 0);
        }
        return Tasks.release(claimed.id(), lease.token());
    }

    /** The newest, or now and then an old one. */
    private @Nullable Task anyHeld() {
        if (held.isEmpty()) {
            return null;
        }
        Iterator<Task> claims = held.iterator();
        Task claim = claims.next();
        for (int skip = random.nextInt(3) == 0 ? random.nextInt(held.size()) : 0; skip > 0; skip--) {
            claim = claims.next();
        }
        return claim;
    }
}
