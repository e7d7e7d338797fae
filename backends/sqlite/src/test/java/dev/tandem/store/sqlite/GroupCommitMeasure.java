package dev.tandem.store.sqlite;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Bytes;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongFunction;

/**
 * Prints how many commands a second the store takes from one event loop, one at a time and many in flight.
 *
 * <p>Arguments: the folder for the file (on the disk in question), and the seconds for each line. A program, not a test:
 * timings do not belong into a build.
 */
final class GroupCommitMeasure {
    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final SqliteTaskStore store;
    private final long runMillis;
    private long next;

    private GroupCommitMeasure(Path folder, SqliteOptions.Synchronous synchronous, double seconds) {
        Path file = folder.resolve("measure-" + UUID.randomUUID() + ".db");
        this.runMillis = (long) (seconds * 1000);
        this.store =
                Stores.await(SqliteTaskStore.open(vertx, SqliteOptions.of(file).withSynchronous(synchronous)));
    }

    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory(Path.of(args.length > 0 ? args[0] : "."), "measure");
        double seconds = args.length > 1 ? Double.parseDouble(args[1]) : 3;
        for (SqliteOptions.Synchronous synchronous : SqliteOptions.Synchronous.values()) {
            new GroupCommitMeasure(folder, synchronous, seconds).run(synchronous.name());
        }
    }

    private void run(String name) {
        TaskSpec spec = TaskSpec.of("mail", Bytes.of(new byte[100]));
        LongFunction<Future<?>> create = i -> execute(new Verb.Create(id(i), spec, 0, 0, Map.of()));
        LongFunction<Future<?>> life = i -> create.apply(i)
                .compose(done -> execute(new Verb.Claim(List.of("mail"), "w", 30_000, 1)))
                .compose(outcome -> {
                    Task task = ((Outcome.Claimed) outcome).tasks().get(0);
                    return execute(new Verb.Complete(task.id(), task.version(), Bytes.EMPTY));
                });
        measure(name + " warm-up", 64, 3, life);
        for (int inFlight : new int[] {1, 16, 64, 256}) {
            measure(name + " create", inFlight, 1, create);
        }
        for (int inFlight : new int[] {1, 64, 256}) {
            measure(name + " create+claim+complete", inFlight, 3, life);
        }
        long created = next;
        LongFunction<Future<?>> get =
                i -> store.query(new TaskQuery.Get("measure", id(i % created)), CallOptions.DEFAULT);
        for (int inFlight : new int[] {1, 64}) {
            measure(name + " get", inFlight, 1, get);
        }
        Stores.await(store.close());
        Stores.await(vertx.close());
    }

    /** Ids that rise with time, as UUIDv7 do, in an order of their own. */
    private static String id(long i) {
        long high = 0x0199_0000_0000_7000L | ((i >>> 12) << 16) | (i & 0xfff);
        return new UUID(high, Long.MIN_VALUE | ((i * 0x9E3779B97F4A7C15L) >>> 2)).toString();
    }

    private Future<Outcome> execute(Verb verb) {
        return store.execute(TaskCommand.of("measure", System.currentTimeMillis(), verb), CallOptions.DEFAULT);
    }

    private void measure(String name, int inFlight, int commands, LongFunction<Future<?>> call) {
        Promise<Void> done = Promise.promise();
        long[] finished = {0, 0};
        long cpuFrom = writerCpuNanos();
        long from = System.nanoTime();
        long until = from + runMillis * 1_000_000;
        context.runOnContext(ignored -> {
            for (int i = 0; i < inFlight; i++) {
                again(call, until, finished, inFlight, done);
            }
        });
        Stores.await(done.future());
        double seconds = (System.nanoTime() - from) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%-28s %4d in flight: %9.0f commands/s, %5.1f us of the writer's processor time each%n",
                name,
                inFlight,
                finished[0] * commands / seconds,
                (writerCpuNanos() - cpuFrom) / 1e3 / (finished[0] * commands));
    }

    /** Says more than the clock does on a machine that is busy with other things. */
    private static long writerCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().equals("tandem-sqlite-writer")) {
                return threads.getThreadCpuTime(thread.getThreadId());
            }
        }
        return 0;
    }

    private void again(LongFunction<Future<?>> call, long until, long[] finished, int inFlight, Promise<Void> done) {
        if (System.nanoTime() > until) {
            if (++finished[1] == inFlight) {
                done.complete();
            }
            return;
        }
        call.apply(next++).onComplete(answer -> {
            if (answer.failed()) {
                done.tryFail(answer.cause());
                return;
            }
            finished[0]++;
            again(call, until, finished, inFlight, done);
        });
    }
}
