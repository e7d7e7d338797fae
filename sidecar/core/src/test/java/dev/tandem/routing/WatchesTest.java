package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.migration.Backfill;
import dev.tandem.migration.PolicySteps;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Change;
import dev.tandem.store.Cursor;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Task;
import dev.tandem.task.TaskState;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WatchesTest {
    private static final TaskFilter MAIL =
            new TaskFilter(Set.of(), Set.of("mail"), Set.of(), "", Map.of(), 0, Long.MAX_VALUE);

    /** Writes down what it is told. */
    private static class Listener implements WatchListener {
        final List<String> told = new ArrayList<>();

        @Nullable
        Cursor cursor;

        /** Called after each change. */
        Runnable onEach = () -> {};

        @Override
        public void onChange(Change change, @Nullable Cursor after) {
            Task task = change.task();
            told.add(change.taskId() + "@" + change.version() + " " + (task == null ? "deleted" : task.state()));
            cursor = after;
            onEach.run();
        }

        @Override
        public void onCaughtUp(Cursor at) {
            told.add("caught up");
            cursor = at;
        }

        @Override
        public void onBookmark(Cursor at) {
            told.add("bookmark " + at.versions());
            cursor = at;
        }

        @Override
        public void onExpired() {
            told.add("expired");
        }

        @Override
        public void onEnd(StoreException failure) {
            told.add("end " + failure.kind());
        }
    }

    private static final class Room {
        final Stage stage;
        final ChangeFeed feed;
        final Watches watches;

        Room(Stage stage) {
            this.stage = stage;
            this.feed = new ChangeFeed(stage.timers, stage.store);
            this.watches = new Watches(stage.timers, stage.store, feed);
        }

        Watch open(WatchStart start, TaskFilter filter, WatchListener listener) {
            Watch watch = watches.open(Stage.NAMESPACE, start, filter, listener);
            stage.store.settle();
            return watch;
        }

        void run(Verb verb) {
            stage.run(verb);
            stage.store.settle();
        }
    }

    private interface Play {
        void play(Stage stage, Room room) throws Exception;
    }

    private static void play(Play play) throws Exception {
        Stage.play(stage -> {
            Room room = new Room(stage);
            play.play(stage, room);
            room.watches.close();
            stage.store.settle();
            assertThat(room.watches.size()).as("watches").isZero();
            assertThat(room.feed.tails()).as("tails").isZero();
            assertThat(stage.store.subscriptions()).as("subscriptions").isZero();
            assertThat(stage.timers.size()).as("timers").isZero();
        });
    }

    private static SimStore sim(Vertx vertx, boolean isCompacted) {
        return new SimStore(vertx, 1, isCompacted, new Random(1));
    }

    @Test
    void watch_now_seesWhatComesAndNotWhatWas() throws Exception {
        play((stage, room) -> {
            stage.run(Tasks.create("old"));
            Listener listener = new Listener();
            room.open(WatchStart.NOW, TaskFilter.ALL, listener);
            room.run(Tasks.create("a"));
            room.run(Tasks.cancel("a"));
            room.run(Tasks.delete("a"));
            assertThat(listener.told).containsExactly("caught up", "a@2 ENQUEUED", "a@3 CANCELED", "a@4 deleted");
        });
    }

    @Test
    void watch_existing_seesWhatIsThereThenWhatComes() throws Exception {
        play((stage, room) -> {
            for (int i = 0; i < OpenWatch.LIST_PAGE + 1; i++) {
                stage.run(Tasks.create("t" + (1000 + i)));
            }
            Listener listener = new Listener();
            room.open(WatchStart.EXISTING, TaskFilter.ALL, listener);
            assertThat(listener.told).hasSize(OpenWatch.LIST_PAGE + 2).endsWith("caught up");
            room.run(Tasks.cancel("t1000"));
            assertThat(listener.told).endsWith("caught up", "t1000@102 CANCELED");
        });
    }

    @Test
    void watch_listedTaskWasChangedSinceTheCursor_isSentOnceAndNeverOlder() throws Exception {
        Stage.play(vertx -> sim(vertx, false), stage -> {
            Room room = new Room(stage);
            stage.run(Tasks.create("a"));
            Listener listener = new Listener();
            room.watches.open(Stage.NAMESPACE, WatchStart.EXISTING, TaskFilter.ALL, listener);
            stage.store.step(null);
            stage.store.step(null); // the tail stands at version 1
            stage.run(Tasks.update("a").priority(1).verb());
            stage.run(Tasks.update("a").priority(2).verb());
            stage.store.settle();
            room.run(Tasks.update("a").priority(3).verb());
            assertThat(listener.told).containsExactly("a@3 ENQUEUED", "caught up", "a@4 ENQUEUED");
        });
    }

    /** A list runs ahead of the cursor: one that resumed from it was sent a listed task again, in an older version. */
    @Test
    void watch_existingButNotCaughtUp_givesNoCursorToResumeFrom() throws Exception {
        Stage.play(vertx -> sim(vertx, false), stage -> {
            Room room = new Room(stage);
            stage.run(Tasks.create("a"));
            Listener listener = new Listener();
            List<Boolean> hadCursor = new ArrayList<>();
            listener.onEach = () -> hadCursor.add(listener.cursor != null);
            room.watches.open(Stage.NAMESPACE, WatchStart.EXISTING, TaskFilter.ALL, listener);
            stage.store.step(null);
            stage.store.step(null); // the tail stands at version 1
            stage.run(Tasks.create("b"));
            stage.run(Tasks.update("a").priority(1).verb());
            stage.run(Tasks.delete("b"));
            stage.store.settle();
            room.run(Tasks.create("c"));
            assertThat(listener.told)
                    .containsExactly("a@3 ENQUEUED", "b@2 ENQUEUED", "b@4 deleted", "caught up", "c@5 ENQUEUED");
            assertThat(hadCursor).containsExactly(false, false, false, true);
        });
    }

    @Test
    void watch_afterACursor_missesNothingInBetween() throws Exception {
        play((stage, room) -> {
            Listener first = new Listener();
            Watch watch = room.open(WatchStart.NOW, TaskFilter.ALL, first);
            room.run(Tasks.create("a"));
            watch.cancel();
            room.run(Tasks.cancel("a"));
            room.run(Tasks.create("b"));
            Listener second = new Listener();
            room.open(new WatchStart.After(first.cursor), TaskFilter.ALL, second);
            assertThat(second.told).containsExactly("a@2 CANCELED", "b@3 ENQUEUED", "caught up");
            assertThat(first.told).containsExactly("caught up", "a@1 ENQUEUED");
        });
    }

    @Test
    void watch_filtered_sendsWhatMatchesAndEveryDeletion() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            room.open(WatchStart.NOW, MAIL, listener);
            room.run(Tasks.create("a"));
            room.run(Tasks.create("b", Tasks.spec().withQueue("sms")));
            room.run(Tasks.delete("b"));
            assertThat(listener.told).containsExactly("caught up", "a@1 ENQUEUED", "b@3 deleted");
        });
    }

    @Test
    void watch_quietFilter_getsABookmarkOnceTheCursorMoved() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            room.open(WatchStart.NOW, MAIL, listener);
            stage.advance(Duration.ofMillis(Watches.BOOKMARK_MILLIS));
            assertThat(listener.told).containsExactly("caught up");
            room.run(Tasks.create("b", Tasks.spec().withQueue("sms")));
            stage.advance(Duration.ofMillis(3 * Watches.BOOKMARK_MILLIS));
            assertThat(listener.told).containsExactly("caught up", "bookmark [1]");
        });
    }

    @Test
    void pause_whileMuchIsWritten_keepsNothingAndReadsItLater() throws Exception {
        play((stage, room) -> {
            Listener slow = new Listener();
            Listener quick = new Listener();
            Watch watch = room.open(WatchStart.NOW, TaskFilter.ALL, slow);
            room.open(WatchStart.NOW, TaskFilter.ALL, quick);
            watch.pause();
            for (int i = 0; i < 250; i++) {
                room.run(Tasks.create("t" + i));
            }
            assertThat(slow.told).containsExactly("caught up");
            watch.resume();
            stage.store.settle();
            assertThat(slow.told).isEqualTo(quick.told).hasSize(251);
            room.run(Tasks.cancel("t1"));
            assertThat(slow.told).isEqualTo(quick.told).hasSize(252);
        });
    }

    @Test
    void pause_afterEachChange_sendsOneForEachResume() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            Watch watch = room.open(WatchStart.NOW, TaskFilter.ALL, listener);
            listener.onEach = watch::pause;
            for (int i = 0; i < 5; i++) {
                stage.run(Tasks.create("t" + i));
            }
            for (int i = 0; i < 5; i++) {
                stage.store.settle();
                assertThat(listener.told).hasSize(2 + i).endsWith("t" + i + "@" + (i + 1) + " ENQUEUED");
                watch.resume();
            }
            stage.store.settle();
            assertThat(listener.told).hasSize(6);
        });
    }

    @Test
    void watch_many_shareOneReader() throws Exception {
        play((stage, room) -> {
            List<Listener> listeners = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                listeners.add(new Listener());
                room.open(WatchStart.NOW, TaskFilter.ALL, listeners.get(i));
            }
            stage.store.queries.clear();
            room.run(Tasks.create("a"));
            assertThat(listeners).allMatch(listener -> listener.told.equals(List.of("caught up", "a@1 ENQUEUED")));
            assertThat(stage.store.queries).hasSize(1);
            assertThat(stage.store.subscriptions()).isEqualTo(1);
        });
    }

    @Test
    void watch_manyBehind_readFewAtATime() throws Exception {
        play((stage, room) -> {
            stage.run(Tasks.create("a"));
            for (int i = 0; i < 100; i++) {
                room.watches.open(
                        Stage.NAMESPACE, new WatchStart.After(new Cursor(List.of(0L))), TaskFilter.ALL, new Listener());
            }
            int most = 0;
            while (stage.store.step(null)) {
                most = Math.max(most, room.watches.reading());
            }
            assertThat(most).isEqualTo(Watches.READS_MAX);
            assertThat(stage.store.queries.stream().filter(TaskQuery.Changes.class::isInstance))
                    .hasSizeGreaterThanOrEqualTo(100);
        });
    }

    @Test
    void watch_cursorTooOld_isExpired() throws Exception {
        Stage.play(vertx -> sim(vertx, true), stage -> {
            Room room = new Room(stage);
            ((SimStore) stage.inner).expireBelow(2);
            for (int i = 0; i < 3; i++) {
                stage.run(Tasks.create("t" + i));
            }
            Listener listener = new Listener();
            room.open(new WatchStart.After(new Cursor(List.of(1L))), TaskFilter.ALL, listener);
            assertThat(listener.told).containsExactly("expired");
            assertThat(room.watches.size()).isZero();
        });
    }

    @Test
    void watch_cursorOfAStoreWithOtherShards_isExpired() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            room.open(new WatchStart.After(new Cursor(List.of(1L, 2L))), TaskFilter.ALL, listener);
            assertThat(listener.told).containsExactly("expired");
        });
    }

    @Test
    void watch_liveOneLosesChanges_isExpired() throws Exception {
        Stage.play(vertx -> sim(vertx, true), stage -> {
            Room room = new Room(stage);
            Listener listener = new Listener();
            room.open(WatchStart.NOW, TaskFilter.ALL, listener);
            stage.run(Tasks.create("a"));
            stage.run(Tasks.create("b"));
            ((SimStore) stage.inner).expireBelow(1);
            stage.store.settle();
            assertThat(listener.told).containsExactly("caught up", "expired");
            assertThat(room.feed.tails()).isZero();
        });
    }

    @Test
    void watch_storeFailsForAMoment_goesOn() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            room.open(WatchStart.NOW, TaskFilter.ALL, listener);
            stage.store.failNext(FailureKind.NOT_APPLIED);
            room.run(Tasks.create("a"));
            assertThat(listener.told).containsExactly("caught up");
            stage.advance(Duration.ofMillis(Waits.RETRY_MILLIS));
            assertThat(listener.told).containsExactly("caught up", "a@1 ENQUEUED");
        });
    }

    @Test
    void watch_storeStaysDown_endsAndCanBeResumed() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            room.open(WatchStart.NOW, TaskFilter.ALL, listener);
            for (int i = 0; i < 50; i++) {
                stage.store.failNext(FailureKind.NOT_APPLIED);
            }
            stage.run(Tasks.create("a"));
            stage.advance(Duration.ofSeconds(30));
            assertThat(listener.told).containsExactly("caught up", "end NOT_APPLIED");
            stage.store.failNoMore();
            Listener second = new Listener();
            room.open(new WatchStart.After(listener.cursor), TaskFilter.ALL, second);
            assertThat(second.told).containsExactly("a@1 ENQUEUED", "caught up");
        });
    }

    @Test
    void watch_oneListenerThrows_othersAreTold() throws Exception {
        play((stage, room) -> {
            Listener broken = new Listener();
            broken.onEach = () -> {
                throw new IllegalStateException("broken");
            };
            Listener sound = new Listener();
            room.open(WatchStart.NOW, TaskFilter.ALL, broken);
            room.open(WatchStart.NOW, TaskFilter.ALL, sound);
            room.run(Tasks.create("a"));
            room.run(Tasks.create("b"));
            assertThat(sound.told).containsExactly("caught up", "a@1 ENQUEUED", "b@2 ENQUEUED");
            assertThat(broken.told).containsExactly("caught up", "a@1 ENQUEUED");
            assertThat(room.watches.size()).isEqualTo(1);
        });
    }

    @Test
    void open_asManyAsMayOrClosed_isRefused() throws Exception {
        play((stage, room) -> {
            for (int i = 0; i < Watches.WATCHES_MAX; i++) {
                room.watches.open(Stage.NAMESPACE, WatchStart.NOW, TaskFilter.ALL, new Listener());
            }
            assertThatThrownBy(() -> room.open(WatchStart.NOW, TaskFilter.ALL, new Listener()))
                    .isInstanceOfSatisfying(
                            StoreException.class,
                            refused -> assertThat(refused.kind()).isEqualTo(FailureKind.OVERLOADED));
            room.watches.close();
            assertThatThrownBy(() -> room.open(WatchStart.NOW, TaskFilter.ALL, new Listener()))
                    .isInstanceOf(StoreException.class);
        });
    }

    @Test
    void close_open_areEndedAndToldToResume() throws Exception {
        play((stage, room) -> {
            Listener listener = new Listener();
            room.open(WatchStart.NOW, TaskFilter.ofStates(TaskState.FAILED), listener);
            room.watches.close();
            room.run(Tasks.create("a"));
            assertThat(listener.told).containsExactly("caught up", "end NOT_APPLIED");
        });
    }

    /** The one who watches is told to list anew, and misses nothing when he does. */
    @Test
    void watch_namespaceComesToAnotherStore_expiresAndCanBeBegunAnew() throws Exception {
        Stage.play(stage -> {
            Stores stores = new Stores(Map.of("a", stage.inner, "b", new ReferenceTaskStore(Stage.vertx())), "a");
            Router router = Router.of(stage.host(), stores);
            router.policies().startPolling();
            PolicySteps steps =
                    new PolicySteps(stores, Router.of(stage.host(), stores).policies(), stage.host());
            Duration limit = Duration.ofSeconds(2);
            Watches watches = new Watches(stage.timers, router, new ChangeFeed(stage.timers, router));
            Listener before = new Listener();
            watches.open(Stage.NAMESPACE, WatchStart.NOW, TaskFilter.ALL, before);
            Stage.got(router.execute(stage.command(Tasks.create("one")), CallOptions.DEFAULT));
            stage.advance(Duration.ofSeconds(10));
            Policy dual = Stage.got(steps.start(Stage.NAMESPACE, Policy.first("a"), "b", false, limit));
            Stage.got(new Backfill(stores, router.policies(), Stage.NAMESPACE)
                    .page(null, CallOptions.DEFAULT)
                    .map(Optional::ofNullable));
            Policy newest = Stage.got(steps.move(Stage.NAMESPACE, dual, Phase.READ_NEWEST, 0, limit));
            Policy switched = Stage.got(steps.move(Stage.NAMESPACE, newest, Phase.READ_SWITCHED, 100, limit));
            Stage.got(router.execute(stage.command(Tasks.create("two")), CallOptions.DEFAULT));
            stage.advance(Duration.ofSeconds(10));
            assertThat(before.told).containsExactly("caught up", "one@1 ENQUEUED", "two@2 ENQUEUED");

            Stage.got(steps.switchWrites(Stage.NAMESPACE, switched, limit));
            Stage.got(router.execute(stage.command(Tasks.create("three")), CallOptions.DEFAULT));
            stage.advance(Duration.ofSeconds(10));

            assertThat(before.told).endsWith("two@2 ENQUEUED", "expired");
            assertThat(watches.size()).isZero();
            Listener old = new Listener();
            watches.open(Stage.NAMESPACE, new WatchStart.After(new Cursor(List.of(2L))), TaskFilter.ALL, old);
            Listener anew = new Listener();
            watches.open(Stage.NAMESPACE, WatchStart.EXISTING, TaskFilter.ALL, anew);
            stage.advance(Duration.ofSeconds(10));
            Stage.got(router.execute(stage.command(Tasks.delete("one")), CallOptions.DEFAULT));
            stage.advance(Duration.ofSeconds(10));
            assertThat(old.told).containsExactly("expired");
            assertThat(anew.told)
                    .map(told -> told.replaceAll("@\\d+", ""))
                    .containsExactly("one ENQUEUED", "two ENQUEUED", "three ENQUEUED", "caught up", "one deleted");
            watches.close();
        });
    }
}
