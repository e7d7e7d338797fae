package dev.tandem.store.raft;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.store.raft.member.TaskCluster;
import dev.tandem.task.Outcome;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.HistoryChecks;
import dev.tandem.testkit.HistoryRecorder;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A leader that crashes under load. */
class LeaderLossTest {
    private static final int GROUPS = 3;
    private static final int CLIENTS = 12;
    private static final int CALLS = 150;
    private static final int TASKS = 5;

    @TempDir
    Path folder;

    private final AtomicInteger calls = new AtomicInteger();
    private final Promise<Void> halfDone = Promise.promise();

    @Test
    void leader_thatCrashesUnderLoad_failsNoCallAndTheHistoryIsLinearizable() throws Exception {
        long seed = Long.getLong("tandem.seed", System.nanoTime());
        Vertx vertx = Vertx.vertx();
        try (TaskCluster cluster = TaskCluster.start(folder, GROUPS)) {
            int leader = cluster.leader(1);
            TaskStore store = new RaftTaskStore(vertx, cluster.groups((leader + 1) % TaskCluster.MEMBERS));
            HistoryRecorder history = new HistoryRecorder();
            List<Future<Void>> clients = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                clients.add(new Client(client, history.client(client, store), seed, vertx).run());
            }
            StoreCalls.await(halfDone.future());

            cluster.terminate(leader);

            clients.forEach(StoreCalls::await);
            assertThat(calls.get()).isEqualTo(CLIENTS * CALLS);
            HistoryChecks.check(history.operations());
            StoreCalls.await(store.close());
        } catch (Throwable e) {
            throw new AssertionError("-Dtandem.seed=" + seed + ": " + e, e);
        } finally {
            StoreCalls.await(vertx.close());
        }
    }

    /** Works on the tasks of one group, in a namespace of the group's own, for versions are given once in a group. */
    private final class Client {
        private final TaskStore store;
        private final Random random;
        private final ContextInternal context;
        private final String namespace;
        private final String worker;
        private final List<String> ids;

        Client(int number, TaskStore store, long seed, Vertx vertx) {
            int group = 1 + number % GROUPS;
            this.store = store;
            this.random = new Random(seed + number);
            this.context = ((VertxInternal) vertx).createEventLoopContext();
            this.namespace = "group" + group;
            this.worker = "w" + number;
            this.ids = IntStream.range(0, 1000)
                    .mapToObj(i -> "t" + i)
                    .filter(id -> Shards.group(id, GROUPS) == group)
                    .limit(TASKS)
                    .toList();
        }

        Future<Void> run() {
            Promise<Void> done = Promise.promise();
            context.runOnContext(begin -> next(CALLS, done));
            return done.future();
        }

        private void next(int left, Promise<Void> done) {
            if (left == 0) {
                done.complete();
                return;
            }
            call().onComplete(answer -> {
                if (answer.failed()) {
                    done.fail(answer.cause());
                    return;
                }
                if (calls.incrementAndGet() == CLIENTS * CALLS / 2) {
                    halfDone.complete();
                }
                next(left - 1, done);
            });
        }

        private Future<?> call() {
            String id = ids.get(random.nextInt(ids.size()));
            return switch (random.nextInt(6)) {
                case 0 -> execute(Tasks.create(id));
                case 1 -> execute(Tasks.cancel(id));
                case 2 -> execute(Tasks.delete(id));
                case 3 -> execute(Tasks.retry(id));
                case 4 -> execute(Tasks.claim(worker, 2));
                default -> store.query(new TaskQuery.Get(namespace, id), CallOptions.DEFAULT);
            };
        }

        private Future<Outcome> execute(Verb verb) {
            return store.execute(TaskCommand.of(namespace, System.currentTimeMillis(), verb), CallOptions.DEFAULT);
        }
    }
}
