package dev.tandem.robustness;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One client of a {@link MoveLoad}: one call after the other, on tasks that all clients fight over and on some of its own. It belongs
 * to its context.
 */
final class MoveClient {
    /** Tasks that all clients create, delete and create again. */
    static final int SHARED_TASKS = 6;

    static final Duration CALL_MAX = Duration.ofSeconds(5);

    /** Short enough to run out in the test, now and then. */
    private static final long LEASE_MILLIS = 400;

    private static final long CLOCK_SKEW_MAX = 20;

    /** The most requests that are kept to be repeated. */
    private static final int REQUESTS_MAX = 20;

    private final int number;
    private final String namespace;
    private final TaskStore store;
    private final Context context;
    private final Random random;
    private final MoveLoad load;
    private final long skewMillis;
    private final List<Task> claimed = new ArrayList<>();
    private final List<TaskCommand> requests = new ArrayList<>();

    /** Tasks that nobody else creates, and that are not created twice. */
    private final List<String> own = new ArrayList<>();

    private final Set<String> deleted = new TreeSet<>();
    private @Nullable LeaderLease lease;
    private int created;
    private int requested;
    private boolean isOver;
    private @Nullable Promise<Void> stopped;

    MoveClient(int number, String namespace, TaskStore store, Context context, long seed, MoveLoad load) {
        this.number = number;
        this.namespace = namespace;
        this.store = store;
        this.context = context;
        this.random = new Random(seed + number);
        this.load = load;
        this.skewMillis = random.nextLong(-CLOCK_SKEW_MAX, CLOCK_SKEW_MAX);
    }

    void start() {
        context.runOnContext(go -> {
            isOver = false;
            next();
        });
    }

    /** Completes when the last call was answered. */
    Future<Void> stop() {
        Promise<Void> promise = Promise.promise();
        context.runOnContext(go -> {
            isOver = true;
            stopped = promise;
        });
        return promise.future();
    }

    /** Of its own tasks those that it has deleted. To be asked for when it has stopped. */
    Set<String> deleted() {
        return deleted;
    }

    private void next() {
        Promise<Void> waiting = stopped;
        if (isOver && waiting != null) {
            stopped = null;
            waiting.complete();
            return;
        }
        if (!load.mayCall(() -> context.runOnContext(go -> next()))) {
            return;
        }
        boolean isRead = random.nextInt(100) < 35;
        TaskCommand command = isRead ? null : command();
        long begun = System.nanoTime();
        Future<?> call = command == null ? read(options()) : execute(command, options());
        call.onComplete(done -> {
            load.answered(number, command, begun, done.cause());
            context.runOnContext(go -> next());
        });
    }

    private static CallOptions options() {
        return new CallOptions(System.nanoTime() + CALL_MAX.toNanos(), Consistency.LINEARIZABLE);
    }

    private Future<?> read(CallOptions options) {
        int dice = random.nextInt(100);
        if (dice < 80) {
            return store.query(new TaskQuery.Get(namespace, anyId()), options);
        } else if (dice < 90) {
            return store.query(new TaskQuery.GetLease(namespace, "s"), options);
        }
        return store.query(new TaskQuery.ListTasks(namespace, TaskFilter.ALL, random.nextBoolean(), null, 5), options);
    }

    private Future<?> execute(TaskCommand command, CallOptions options) {
        return store.execute(command, options).onSuccess(outcome -> {
            if (command.request() != null) {
                if (requests.size() == REQUESTS_MAX) {
                    requests.remove(0);
                }
                requests.add(command);
            }
            if (outcome instanceof Outcome.Claimed got) {
                claimed.addAll(got.tasks());
            } else if (outcome instanceof Outcome.Granted granted) {
                lease = granted.lease();
            } else if (outcome instanceof Outcome.Deleted gone && own.contains(gone.taskId())) {
                deleted.add(gone.taskId());
            }
        });
    }

    private String sharedId() {
        return "t" + random.nextInt(SHARED_TASKS);
    }

    private String anyId() {
        return own.isEmpty() || random.nextInt(100) < 60 ? sharedId() : own.get(random.nextInt(own.size()));
    }

    private TaskCommand command() {
        if (!requests.isEmpty() && random.nextInt(100) < 10) {
            // Known again by its id, also when the namespace has come to another store meanwhile.
            return requests.get(random.nextInt(requests.size()));
        }
        Verb verb = verb();
        long now = System.currentTimeMillis() + skewMillis;
        return random.nextInt(100) < 40 && !(verb instanceof Verb.Sweep)
                ? Tasks.request(namespace, now, "c" + number + "-r" + ++requested, verb)
                : TaskCommand.of(namespace, now, verb);
    }

    private Verb verb() {
        int dice = random.nextInt(100);
        if (dice < 25) {
            return Tasks.create(newId(), Tasks.spec().withPayload(payload()));
        } else if (dice < 45) {
            return new Verb.Claim(List.of(Tasks.QUEUE), "w" + number, LEASE_MILLIS, 1 + random.nextInt(3));
        } else if (dice < 60 && !claimed.isEmpty()) {
            Task task = claimed.get(random.nextInt(claimed.size()));
            if (random.nextInt(100) < 20) {
                return Tasks.renew(task.id(), StoreCalls.token(task));
            }
            claimed.remove(task);
            return random.nextBoolean()
                    ? Tasks.complete(task.id(), StoreCalls.token(task))
                    : Tasks.fail(task.id(), StoreCalls.token(task));
        } else if (dice < 72) {
            return Tasks.delete(anyId());
        } else if (dice < 82) {
            return new Verb.Update(anyId(), 0, null, null, random.nextInt(9), null, null, null, null, null);
        } else if (dice < 86) {
            return Tasks.cancel(anyId());
        } else if (dice < 90) {
            return Tasks.retry(anyId());
        } else if (dice < 92) {
            return new Verb.Sweep(10);
        }
        LeaderLease held = lease;
        return dice < 97 || held == null
                ? new Verb.AcquireLease("s", "h" + number, LEASE_MILLIS)
                : new Verb.RenewLease("s", held.token(), LEASE_MILLIS);
    }

    private String newId() {
        if (random.nextInt(100) < 60) {
            return sharedId();
        }
        String id = "c" + number + "-" + ++created;
        own.add(id);
        return id;
    }

    private Bytes payload() {
        byte[] bytes = new byte[8];
        random.nextBytes(bytes);
        return Bytes.of(bytes);
    }
}
