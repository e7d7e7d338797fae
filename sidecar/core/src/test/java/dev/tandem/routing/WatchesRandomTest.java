package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.Change;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.task.Task;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Watchers that pause, are cut and come back, beside a writer: each ends with what the store holds. */
final class WatchesRandomTest {
    private static final int SEEDS = Integer.getInteger("tandem.sequences", 120);
    private static final long FIRST_SEED = Long.getLong("tandem.seed", 1);

    static long[] seeds() {
        return IntStream.range(0, SEEDS).mapToLong(i -> FIRST_SEED + i).toArray();
    }

    /** One who watches, and what it believes. */
    private static final class Watcher implements WatchListener {
        final String name;
        final Random random;

        /** Whether a resumed watch may repeat what was sent after the cursor it resumes from. */
        final boolean mayRepeat;

        /** What exists, as far as this one knows, at which version. */
        final Map<String, Long> view = new HashMap<>();

        /** The newest version seen of each task, deleted ones too. */
        final Map<String, Long> seen = new HashMap<>();

        /** Seen by the watch that is open now. */
        final Map<String, Long> seenByThis = new HashMap<>();

        @Nullable
        Cursor cursor;

        @Nullable
        Watch watch;

        boolean pauses = true;
        boolean isPaused;
        boolean isCaughtUp;

        /** Assertions that failed in a call of the watch, which must not throw them at it. */
        final List<String> wrong = new ArrayList<>();

        Watcher(String name, Random random, boolean mayRepeat) {
            this.name = name;
            this.random = random;
            this.mayRepeat = mayRepeat;
        }

        void open(Watches watches) {
            seenByThis.clear();
            isPaused = false;
            isCaughtUp = false;
            if (random.nextInt(3) == 0) {
                cursor = null;
            }
            if (cursor == null) {
                view.clear();
                seen.clear();
            }
            WatchStart start = cursor == null ? WatchStart.EXISTING : new WatchStart.After(cursor);
            watch = watches.open(Stage.NAMESPACE, start, TaskFilter.ALL, this);
        }

        private void expect(boolean isSo, String otherwise) {
            if (!isSo) {
                wrong.add(otherwise);
            }
        }

        void cut() {
            watch.cancel();
            watch = null;
        }

        @Override
        public void onChange(Change change, @Nullable Cursor after) {
            expect(!isPaused, "told of a change while it is paused");
            Map<String, Long> mustRise = mayRepeat ? seenByThis : seen;
            expect(
                    change.version() > mustRise.getOrDefault(change.taskId(), 0L),
                    change.taskId() + " went from " + mustRise.get(change.taskId()) + " to " + change.version());
            seenByThis.put(change.taskId(), change.version());
            seen.merge(change.taskId(), change.version(), Math::max);
            Task task = change.task();
            if (task == null) {
                view.remove(change.taskId());
            } else {
                view.put(change.taskId(), change.version());
            }
            cursor = after;
            if (watch != null && pauses && random.nextInt(6) == 0) {
                pause();
            }
        }

        void pause() {
            isPaused = true;
            watch.pause();
        }

        void resume() {
            isPaused = false;
            watch.resume();
        }

        @Override
        public void onCaughtUp(Cursor at) {
            expect(!isPaused, "caught up while it is paused");
            expect(!isCaughtUp, "caught up twice");
            isCaughtUp = true;
            cursor = at;
        }

        @Override
        public void onBookmark(Cursor at) {
            expect(!isPaused, "told a bookmark while it is paused");
            cursor = at;
        }

        @Override
        public void onExpired() {
            expect(false, "expired");
        }

        @Override
        public void onEnd(StoreException failure) {
            watch = null;
        }
    }

    private static final class Run {
        final Stage stage;
        final Random random;
        final Watches watches;
        final ChangeFeed feed;
        final List<Watcher> watchers = new ArrayList<>();
        private long nextId;

        Run(Stage stage, Random random, int shards) {
            this.stage = stage;
            this.random = random;
            this.feed = new ChangeFeed(stage.timers, stage.store);
            this.watches = new Watches(stage.timers, stage.store, feed);
            for (int i = 0; i < 4; i++) {
                watchers.add(new Watcher("watcher " + i, random, shards > 1));
            }
        }

        void act(boolean fails) {
            int dice = random.nextInt(100);
            Watcher watcher = watchers.get(random.nextInt(watchers.size()));
            if (dice < 35) {
                write();
            } else if (dice < 43) {
                if (watcher.watch == null) {
                    watcher.open(watches);
                } else if (random.nextBoolean()) {
                    watcher.cut();
                }
            } else if (dice < 52 && watcher.watch != null) {
                if (watcher.isPaused) {
                    watcher.resume();
                } else {
                    watcher.pause();
                }
            } else if (dice < 54 && fails) {
                stage.store.failNext(FailureKind.NOT_APPLIED);
            } else if (dice < 57) {
                stage.timers.fireNext(Long.MAX_VALUE);
            } else {
                stage.store.step(random);
            }
        }

        private void write() {
            String id = "t" + random.nextInt(12);
            int what = random.nextInt(10);
            stage.clock.advanceMillis(random.nextInt(3));
            if (what < 4) {
                stage.run(Tasks.create(id));
            } else if (what < 8) {
                stage.run(Tasks.update(id).priority((int) (++nextId % 1000)).verb());
            } else {
                stage.run(new Verb.Delete(id, 0));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void watch_pausedCutAndResumedAtRandom_endsWithWhatTheStoreHolds(long seed) throws Exception {
        Random random = new Random(seed);
        int shards = seed % 3 == 0 ? 3 : 1;
        SimStore[] made = new SimStore[1];
        Stage.play(vertx -> made[0] = new SimStore(vertx, shards, random.nextBoolean(), random), stage -> {
            Run run = new Run(stage, random, shards);
            for (int i = 50 + random.nextInt(600); i > 0; i--) {
                run.act(seed % 2 == 0);
            }
            stage.store.failNoMore();
            comeToRest(run);
            for (Watcher watcher : run.watchers) {
                assertThat(watcher.wrong).as(watcher.name).isEmpty();
                assertThat(watcher.view).as(watcher.name).isEqualTo(made[0].versions());
                assertThat(watcher.isCaughtUp)
                        .as(watcher.name + " is caught up")
                        .isTrue();
                watcher.cut();
            }
            stage.store.settle();
            assertThat(run.watches.size()).isZero();
            assertThat(run.watches.reading()).isZero();
            assertThat(run.feed.tails()).isZero();
            assertThat(stage.timers.size()).as("timers").isZero();
            assertThat(stage.store.subscriptions()).as("subscriptions").isZero();
        });
    }

    /** All watch, nobody pauses any more, nothing is written: so everybody must come to know everything. */
    private static void comeToRest(Run run) {
        run.watchers.forEach(watcher -> watcher.pauses = false);
        for (int round = 0; round < 100; round++) {
            boolean isAtRest = run.stage.store.waiting() == 0;
            for (Watcher watcher : run.watchers) {
                if (watcher.watch == null) {
                    watcher.open(run.watches);
                    isAtRest = false;
                } else if (watcher.isPaused) {
                    watcher.resume();
                    isAtRest = false;
                }
            }
            run.stage.store.settle();
            run.stage.advance(Duration.ofSeconds(6));
            if (isAtRest && run.watchers.stream().noneMatch(watcher -> watcher.isPaused || watcher.watch == null)) {
                return;
            }
        }
        throw new AssertionError("the watchers never come to rest");
    }
}
