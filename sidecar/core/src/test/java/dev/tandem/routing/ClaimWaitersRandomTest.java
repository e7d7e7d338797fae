package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome;
import dev.tandem.task.Outcome.Claimed;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Workers that come, wait and go away, tasks that come, and a store that answers in any order and fails at times. */
final class ClaimWaitersRandomTest {
    private static final int SEEDS = Integer.getInteger("tandem.sequences", 200);
    private static final long FIRST_SEED = Long.getLong("tandem.seed", 1);
    private static final String[][] QUEUES = {{"mail"}, {"sms"}, {"mail", "sms"}};

    static long[] seeds() {
        return IntStream.range(0, SEEDS).mapToLong(i -> FIRST_SEED + i).toArray();
    }

    /** One claim under way. */
    private record Worker(String id, List<String> queues, Cancellation cancellation, Future<Outcome> claim) {}

    private static final class Run {
        final Stage stage;
        final Random random;
        final ClaimWaiters waiters;
        final List<Worker> waiting = new ArrayList<>();

        /** Who was given each task. */
        final Map<String, String> given = new HashMap<>();

        final List<String> gone = new ArrayList<>();
        int tasks;
        int workers;

        Run(Stage stage, long seed) {
            this.stage = stage;
            this.random = new Random(seed);
            this.waiters = new ClaimWaiters(stage.timers, stage.store, stage.clock);
        }

        void act(boolean fails) {
            int dice = random.nextInt(100);
            if (dice < 12) {
                String[] queues = QUEUES[random.nextInt(QUEUES.length)];
                String id = "w" + ++workers;
                Verb.Claim verb = new Verb.Claim(List.of(queues), id, 3_600_000, 1 + random.nextInt(2));
                Cancellation cancellation = new Cancellation();
                // Long enough to be given a task if there is one: an empty answer would hide a wake-up that is lost.
                waiting.add(new Worker(
                        id,
                        List.of(queues),
                        cancellation,
                        waiters.claim(stage.command(verb), Duration.ofHours(1), CallOptions.DEFAULT, cancellation)));
            } else if (dice < 24) {
                Verb.Create create = new Verb.Create(
                        "t" + ++tasks,
                        Tasks.spec().withQueue(random.nextBoolean() ? "mail" : "sms"),
                        0,
                        random.nextInt(3) == 0 ? random.nextInt(40) : 0,
                        Map.of());
                stage.run(create);
            } else if (dice < 30 && !waiting.isEmpty()) {
                Worker worker = waiting.get(random.nextInt(waiting.size()));
                gone.add(worker.id());
                worker.cancellation().cancel();
            } else if (dice < 32 && fails) {
                stage.store.failNext(random.nextBoolean() ? FailureKind.NOT_APPLIED : FailureKind.OVERLOADED);
            } else if (dice < 40) {
                stage.timers.fireNext(stage.clock.millis() + random.nextInt(30));
            } else {
                stage.store.step(random);
            }
            collect();
        }

        void collect() {
            waiting.removeIf(worker -> {
                if (!worker.claim().isComplete()) {
                    return false;
                }
                if (worker.claim().succeeded() && !gone.contains(worker.id())) {
                    for (Task task : ((Claimed) worker.claim().result()).tasks()) {
                        assertThat(given.put(task.id(), worker.id()))
                                .as("task " + task.id() + " was given before, to")
                                .isNull();
                    }
                }
                return true;
            });
        }

        List<Task> enqueued() {
            return Stage.got(stage.inner.query(
                            new TaskQuery.ListTasks(
                                    Stage.NAMESPACE, TaskFilter.ofStates(TaskState.ENQUEUED), false, null, 10_000),
                            CallOptions.DEFAULT))
                    .tasks();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void claim_workersTasksAndFailuresInAnyOrder_eachTaskGoesToOneAndNobodyWaitsInVain(long seed) throws Exception {
        Stage.play(stage -> {
            Run run = new Run(stage, seed);
            // Without notices lost and without polls: a wake-up that is lost shows.
            // Short ones, too: in a long one the last notice of many makes good for one that was missed before.
            for (int i = 10 + run.random.nextInt(300); i > 0; i--) {
                run.act(seed % 2 == 0);
            }
            stage.store.failNoMore();
            // All that is due has come, and no poll helps: 40 ms are less than the polls' second.
            stage.advance(Duration.ofMillis(seed % 2 == 0 ? 40 + 2 * Waits.RETRY_MILLIS : 80));
            run.collect();
            List<Task> enqueued = run.enqueued();
            for (Worker worker : run.waiting) {
                assertThat(enqueued)
                        .as("claimable tasks while " + worker + " waits")
                        .noneMatch(task -> worker.queues().contains(task.spec().queue()));
            }
            Future<Void> closed = run.waiters.close();
            stage.store.settle();
            Stage.got(closed);
            run.collect();
            assertThat(run.waiting).isEmpty();
            checkHolders(run, seed % 2 == 0);
            assertThat(stage.timers.size()).as("timers").isZero();
            assertThat(stage.store.subscriptions()).as("subscriptions").isZero();
        });
    }

    /** Each task is either with the worker that was told so, or free again because its worker had gone. */
    private static void checkHolders(Run run, boolean releasesMayFail) {
        for (int i = 1; i <= run.tasks; i++) {
            String id = "t" + i;
            Task task = Stage.got(run.stage.inner.query(new TaskQuery.Get(Stage.NAMESPACE, id), CallOptions.DEFAULT))
                    .orElseThrow();
            String holder = task.lease() == null ? null : task.lease().workerId();
            if (!releasesMayFail || !run.gone.contains(holder)) {
                assertThat(holder).as("holder of " + id).isEqualTo(run.given.get(id));
            }
        }
    }
}
