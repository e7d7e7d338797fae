package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadGeneratorTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final LoadGenerator load = new LoadGenerator(vertx.getOrCreateContext());

    @AfterEach
    void close() {
        Waiting.on(vertx.close(), LONG, "the end of the event loops");
    }

    @Test
    void closed_callsThatEnd_areAllCountedAndNeverMoreInFlightThanAsked() {
        AtomicInteger left = new AtomicInteger(500);
        AtomicInteger inFlight = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();

        Sample sample = LoadGenerator.await(
                load.closed(
                        () -> {
                            if (left.getAndDecrement() <= 0) {
                                return null;
                            }
                            most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                            Promise<Void> answer = Promise.promise();
                            vertx.runOnContext(later -> {
                                inFlight.decrementAndGet();
                                answer.complete();
                            });
                            return answer.future();
                        },
                        8,
                        LONG),
                LONG);

        assertThat(sample.count()).isEqualTo(500);
        assertThat(sample.errors()).isZero();
        assertThat(most).hasValue(8);
        assertThat(inFlight).hasValue(0);
    }

    @Test
    void closed_answersOnTheSpot_doNotNest() {
        AtomicInteger left = new AtomicInteger(100_000);

        Sample sample = LoadGenerator.await(
                load.closed(() -> left.getAndDecrement() > 0 ? Future.succeededFuture() : null, 1, LONG), LONG);

        assertThat(sample.count()).isEqualTo(100_000);
    }

    @Test
    void closed_failures_areCountedApartAndTheFirstIsTold() {
        AtomicInteger calls = new AtomicInteger();

        Sample sample = LoadGenerator.await(
                load.closed(
                        () -> {
                            int call = calls.incrementAndGet();
                            if (call == 4) {
                                throw new IllegalStateException("thrown");
                            }
                            return call > 9
                                    ? null
                                    : call % 3 == 0 ? Future.failedFuture("failed " + call) : Future.succeededFuture();
                        },
                        1,
                        LONG),
                LONG);

        assertThat(sample.count()).isEqualTo(5);
        assertThat(sample.errors()).isEqualTo(4);
        assertThat(sample.firstError()).isEqualTo("failed 3");
    }

    @Test
    void closed_timeOver_endsWithTheCallsUnderWayCounted() {
        Sample sample = LoadGenerator.await(
                load.closed(() -> vertx.timer(1).map(fired -> null), 4, Duration.ofMillis(30)), LONG);

        assertThat(sample.count()).isGreaterThanOrEqualTo(4);
        assertThat(sample.elapsedNanos())
                .isGreaterThanOrEqualTo(Duration.ofMillis(30).toNanos());
    }

    @Test
    void open_aStall_isFeltByEveryCallThatWasDueMeanwhile() {
        AtomicInteger calls = new AtomicInteger();

        Sample sample = LoadGenerator.await(
                load.open(
                        () -> {
                            if (calls.incrementAndGet() == 10) {
                                // What nobody may do on an event loop: all of it stands still.
                                Waiting.pause(Duration.ofMillis(100));
                            }
                            return Future.succeededFuture();
                        },
                        1_000,
                        Duration.ofMillis(200)),
                LONG);

        assertThat(sample.count()).isEqualTo(200);
        // A hundred calls were due while it stood still, half of them for at least 50 ms.
        assertThat(sample.p90Nanos()).isGreaterThan(Duration.ofMillis(50).toNanos());
        assertThat(sample.lateNanosP99()).isGreaterThan(Duration.ofMillis(50).toNanos());
    }

    @Test
    void open_noMoreCalls_endsEarly() {
        AtomicInteger left = new AtomicInteger(20);

        Sample sample = LoadGenerator.await(
                load.open(() -> left.getAndDecrement() > 0 ? Future.succeededFuture() : null, 10_000, LONG), LONG);

        assertThat(sample.count()).isEqualTo(20);
    }

    @Test
    void open_moreThanMayBeUnderWay_waitAndKnowWhenTheyWereDue() {
        List<Promise<Void>> underWay = new ArrayList<>();
        List<Long> due = new ArrayList<>();
        AtomicInteger most = new AtomicInteger();

        Future<Sample> phase = load.open(
                dueNanos -> {
                    if (due.size() == 6) {
                        return null;
                    }
                    due.add(dueNanos);
                    Promise<Void> answer = Promise.promise();
                    underWay.add(answer);
                    most.accumulateAndGet(underWay.size(), Math::max);
                    // All are answered when no more may be under way.
                    if (underWay.size() == 3) {
                        vertx.runOnContext(later -> {
                            List<Promise<Void>> all = List.copyOf(underWay);
                            underWay.clear();
                            all.forEach(Promise::complete);
                        });
                    }
                    return answer.future();
                },
                1_000,
                LONG,
                3);

        Sample sample = LoadGenerator.await(phase, LONG);
        assertThat(sample.count()).isEqualTo(6);
        assertThat(most).hasValue(3);
        for (int i = 1; i < due.size(); i++) {
            assertThat(due.get(i) - due.get(i - 1))
                    .as("at a thousand a second, whenever they were made")
                    .isEqualTo(1_000_000);
        }
    }
}
