package dev.tandem.routing;

import static dev.tandem.routing.Stage.got;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tandem.store.CallOptions;
import dev.tandem.store.FailureKind;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class SweeperTest {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private interface Play {
        void play(Stage stage, Sweeper sweeper) throws Exception;
    }

    private static void play(Play play) throws Exception {
        Stage.play(stage -> {
            Sweeper sweeper = new Sweeper(stage.timers, stage.store, stage.clock, INTERVAL, () -> 0.5);
            sweeper.start();
            play.play(stage, sweeper);
            Future<Void> closed = sweeper.close();
            stage.store.settle();
            got(closed);
            assertThat(stage.timers.size()).as("timers").isZero();
        });
    }

    private static boolean isThere(Stage stage, String namespace, String id) {
        return got(stage.inner.query(new TaskQuery.Get(namespace, id), CallOptions.DEFAULT))
                .isPresent();
    }

    private static void finished(Stage stage, String namespace, int tasks, long retentionMillis) {
        for (int i = 0; i < tasks; i++) {
            String id = "t" + i;
            Verb create = Tasks.create(id, Tasks.spec().withRetentionMillis(retentionMillis));
            stage.run(TaskCommand.of(namespace, stage.clock.millis(), create));
            stage.run(TaskCommand.of(namespace, stage.clock.millis(), Tasks.cancel(id)));
        }
    }

    @Test
    void sweep_retentionOver_deletesInEveryNamespaceAndNoOther() throws Exception {
        play((stage, sweeper) -> {
            finished(stage, "one", 1, 500);
            finished(stage, "two", 1, 500);
            finished(stage, "three", 1, 5_000);
            stage.advance(INTERVAL);
            assertThat(isThere(stage, "one", "t0")).isFalse();
            assertThat(isThere(stage, "two", "t0")).isFalse();
            assertThat(isThere(stage, "three", "t0")).isTrue();
            stage.advance(Duration.ofSeconds(5));
            assertThat(isThere(stage, "three", "t0")).isFalse();
        });
    }

    @Test
    void sweep_moreThanOneStep_goesOnUntilNothingIsLeft() throws Exception {
        play((stage, sweeper) -> {
            finished(stage, "one", 2 * Sweeper.STEP_MAX + 1, 500);
            stage.advance(INTERVAL);
            assertThat(stage.store.commands).hasSizeGreaterThanOrEqualTo(3);
            assertThat(stage.store.commands).allMatch(command -> command.verb().equals(new Verb.Sweep(256)));
            assertThat(isThere(stage, "one", "t" + 2 * Sweeper.STEP_MAX)).isFalse();
        });
    }

    @Test
    void sweep_oneNamespaceFails_othersAreSwept() throws Exception {
        play((stage, sweeper) -> {
            finished(stage, "bad", 1, 500);
            finished(stage, "good", 1, 500);
            stage.timers.fireNext(stage.clock.millis() + 1_000);
            stage.store.step(null);
            stage.store.failNext(FailureKind.CORRUPT);
            stage.store.settle();
            assertThat(isThere(stage, "bad", "t0")).isTrue();
            assertThat(isThere(stage, "good", "t0")).isFalse();
        });
    }

    /** What it logs meanwhile. */
    private static List<String> said(Play play) throws Exception {
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        Logger log = (Logger) LoggerFactory.getLogger(Sweeper.class);
        said.start();
        log.addAppender(said);
        try {
            play(play);
        } finally {
            log.detachAppender(said);
        }
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void sweep_storeIsDown_saysSoOnceBacksOffAndComesBack() throws Exception {
        assertThat(said((stage, sweeper) -> {
                    finished(stage, "one", 1, 500);
                    for (int i = 0; i < 100; i++) {
                        stage.store.failNext(FailureKind.NOT_APPLIED);
                    }
                    stage.advance(Duration.ofMinutes(10));
                    assertThat(stage.store.queries).hasSizeBetween(10, 20);
                    stage.store.failNoMore();
                    stage.advance(Duration.ofMillis(Sweeper.PAUSE_MILLIS_MAX));
                    assertThat(isThere(stage, "one", "t0")).isFalse();
                    int before = stage.store.queries.size();
                    stage.advance(Duration.ofSeconds(10));
                    assertThat(stage.store.queries.size() - before).isBetween(9, 11);
                }))
                .containsExactly("can't sweep anything, and will try again: made to fail", "sweeping works again");
    }

    /** A store may refuse some namespaces for days, as Redis does those of which it has lost writes. */
    @Test
    void sweep_manyNamespacesFailForGood_othersAreSweptBeforeAndBehindThem() throws Exception {
        List<String> said = said((stage, sweeper) -> {
            List<String> good = List.of("a", "n", "z");
            for (String namespace : List.of("a", "b1", "b2", "b3", "b4", "n", "s1", "s2", "s3", "s4", "z", "zz")) {
                finished(stage, namespace, 1, 500);
                if (!good.contains(namespace)) {
                    stage.store.refuse(namespace);
                }
            }
            stage.advance(Duration.ofSeconds(15));
            for (String namespace : good) {
                assertThat(isThere(stage, namespace, "t0")).as(namespace).isFalse();
                finished(stage, namespace, 1, 500);
            }
            // It does not slow down, either, the longer that lasts.
            stage.advance(Duration.ofMinutes(2));
            good.forEach(namespace -> finished(stage, namespace, 1, 500));
            stage.advance(Duration.ofSeconds(15));
            for (String namespace : good) {
                assertThat(isThere(stage, namespace, "t0")).as(namespace).isFalse();
            }
        });
        assertThat(said).as("once, not each second").hasSize(1);
    }

    @Test
    void close_whileItSweeps_waitsForTheStepAndBeginsNoOther() throws Exception {
        play((stage, sweeper) -> {
            finished(stage, "one", 1, 500);
            finished(stage, "two", 1, 500);
            stage.timers.fireNext(stage.clock.millis() + 1_000);
            while (stage.store.commands.isEmpty()) {
                stage.store.step(null);
            }
            Future<Void> closed = sweeper.close();
            assertThat(closed.isComplete()).isFalse();
            stage.store.settle();
            got(closed);
            assertThat(stage.store.commands).hasSize(1);
        });
    }
}
