package dev.tandem.client;

import static dev.tandem.client.FakeQueue.until;
import static dev.tandem.client.ScriptedServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import dev.tandem.v1.ClaimTasksRequest;
import dev.tandem.v1.CompleteTaskRequest;
import dev.tandem.v1.TaskServiceGrpcService;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Vertx vertx = Vertx.vertx();
    private final FakeQueue queue = new FakeQueue(vertx);
    private TandemClient client;

    @BeforeEach
    void connect() throws Exception {
        queue.server.listen(0);
        client = TandemClient.connect(vertx, ClientOptions.DEFAULT.withHostAndPort("127.0.0.1", queue.server.port()));
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        await(vertx.close());
    }

    private WorkerBuilder worker() {
        return client.worker("mail").id("w1");
    }

    @Test
    void tasks_claimed_areCompletedWithTheirResults() throws Exception {
        queue.put("a");
        Worker worker = worker().concurrency(2)
                .handle(task -> Future.succeededFuture(task.payload().concat(ByteString.copyFromUtf8("!"))));
        queue.put("b");

        until(() -> queue.completions.size() == 2);
        await(worker.drain(SOON));

        assertThat(queue.completions)
                .extracting(
                        CompleteTaskRequest::getTaskId, done -> done.getResult().toStringUtf8())
                .containsExactlyInAnyOrder(tuple("a", "a!"), tuple("b", "b!"));
        assertThat(queue.completions).allMatch(done -> done.getToken() > 0);
        assertThat(queue.releases).isEmpty();
        assertThat(queue.failures).isEmpty();
    }

    @Test
    void claims_whileTasksAreInHand_askOnlyForTheRoomLeft() throws Exception {
        Map<String, Promise<ByteString>> running = new ConcurrentHashMap<>();
        for (String id : Set.of("a", "b", "c", "d")) {
            queue.put(id);
        }
        Worker worker = worker().concurrency(3)
                .handle(task -> running.computeIfAbsent(task.task().getTaskId(), id -> Promise.promise())
                        .future());
        until(() -> running.size() == 3);
        assertThat(queue.claims).extracting(ClaimTasksRequest::getMaxTasks).containsExactly(3);

        running.values().iterator().next().complete(ByteString.EMPTY);
        until(() -> running.size() == 4);

        assertThat(queue.claims).extracting(ClaimTasksRequest::getMaxTasks).containsExactly(3, 1);
        running.values().forEach(promise -> promise.tryComplete(ByteString.EMPTY));
        await(worker.drain(SOON));
        assertThat(queue.completions).hasSize(4);
    }

    @Test
    void failures_ofHandlers_areReportedAsTheySay() throws Exception {
        queue.put("retry");
        queue.put("final");
        queue.put("bug");
        queue.put("thrown");
        Worker worker = worker().concurrency(4).handle(task -> switch (task.task()
                .getTaskId()) {
            case "retry" -> Future.failedFuture(TaskFailure.retryable("BUSY", "try later"));
            case "final" -> Future.failedFuture(TaskFailure.forGood("NO_ADDRESS", "nobody there"));
            case "bug" -> Future.failedFuture(new IllegalStateException("x".repeat(10_000)));
            default -> throw new AssertionError("thrown");
        });

        until(() -> queue.failures.size() == 4);
        await(worker.drain(SOON));

        assertThat(queue.failures).anySatisfy(failure -> {
            assertThat(failure.getTaskId()).isEqualTo("retry");
            assertThat(failure.getError().getCode()).isEqualTo("BUSY");
            assertThat(failure.getError().getMessage()).isEqualTo("try later");
            assertThat(failure.getFinal()).isFalse();
        });
        assertThat(queue.failures).anySatisfy(failure -> {
            assertThat(failure.getTaskId()).isEqualTo("final");
            assertThat(failure.getFinal()).isTrue();
        });
        assertThat(queue.failures).anySatisfy(failure -> {
            assertThat(failure.getTaskId()).isEqualTo("bug");
            assertThat(failure.getError().getCode()).isEqualTo("IllegalStateException");
            assertThat(failure.getError().getMessage()).hasSizeBetween(1000, 8192);
            assertThat(failure.getFinal()).isFalse();
        });
        assertThat(queue.failures)
                .anySatisfy(failure -> assertThat(failure.getError().getCode()).isEqualTo("AssertionError"));
        assertThat(queue.completions).isEmpty();
    }

    @Test
    void result_thatTheSidecarRefuses_becomesAFailureThatSaysWhy() throws Exception {
        queue.put("a");
        Worker worker = worker().handle(task -> Future.succeededFuture(ByteString.copyFrom(new byte[101])));

        until(() -> queue.failures.size() == 1);
        await(worker.drain(SOON));

        assertThat(queue.failures.get(0).getError().getCode()).isEqualTo(Reasons.PAYLOAD_TOO_LARGE);
    }

    @Test
    void heartbeats_whileTheHandlerWorks_carryTheNewestProgressOnce() throws Exception {
        queue.put("a");
        Promise<ByteString> result = Promise.promise();
        Worker worker = worker().lease(Duration.ofMillis(150)).handle(task -> {
            task.progress(10, "begun");
            task.progress(50, "half");
            return result.future();
        });

        until(() -> queue.renewals.size() >= 3);
        result.complete(ByteString.EMPTY);
        await(worker.drain(SOON));

        assertThat(queue.renewals.get(0).getProgress().getPercent()).isEqualTo(50);
        assertThat(queue.renewals.get(0).getLeaseDuration()).isEqualTo(Times.ofMillis(150));
        assertThat(queue.renewals.get(1).hasProgress()).isFalse();
        assertThat(queue.completions).hasSize(1);
    }

    @Test
    void leaseLost_whileTheHandlerWorks_isToldAndItsResultDropped() throws Exception {
        queue.lost.add("a");
        queue.put("a");
        Promise<TaskContext> told = Promise.promise();
        Promise<ByteString> result = Promise.promise();
        Worker worker = worker().lease(Duration.ofMillis(150)).handle(task -> {
            task.leaseLost().onSuccess(lost -> told.complete(task));
            return result.future();
        });

        assertThat(await(told.future()).isLeaseLost()).isTrue();
        result.complete(ByteString.EMPTY);
        queue.put("b"); // the slot is free again
        until(() -> queue.claims.stream().anyMatch(claim -> claim.getMaxTasks() == 1) && queue.completions.size() == 1);
        await(worker.drain(SOON));

        assertThat(queue.completions).extracting(CompleteTaskRequest::getTaskId).containsExactly("b");
        assertThat(queue.failures).isEmpty();
        assertThat(queue.releases).isEmpty();
    }

    @Test
    void drain_handlerThatFinishesInTime_isWaitedFor() throws Exception {
        queue.put("a");
        Promise<ByteString> result = Promise.promise();
        CountDownLatch begun = new CountDownLatch(1);
        Worker worker = worker().handle(task -> {
            begun.countDown();
            return result.future();
        });
        begun.await();

        Future<Void> drained = worker.drain(SOON);
        queue.put("late");
        result.complete(ByteString.EMPTY);
        await(drained);

        assertThat(queue.completions).extracting(CompleteTaskRequest::getTaskId).containsExactly("a");
        assertThat(queue.releases).isEmpty();
    }

    @Test
    void drain_handlerThatDoesNotFinish_isToldAndItsTaskGivenBack() throws Exception {
        queue.put("a");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        Worker worker = worker().concurrency(2).handle(task -> {
            begun.countDown();
            task.leaseLost().onSuccess(lost -> told.countDown());
            return Promise.<ByteString>promise().future();
        });
        begun.await();

        await(worker.drain(Duration.ofMillis(20)));

        told.await();
        assertThat(FakeQueue.idsOf(queue.releases)).containsExactly("a");
        assertThat(queue.completions).isEmpty();
    }

    @Test
    void drain_claimWhoseAnswerIsUnderWay_givesItsTasksBack() throws Exception {
        Worker worker = worker().concurrency(5).handle(task -> Future.succeededFuture(ByteString.EMPTY));
        until(() -> queue.claims.size() == 1);
        queue.losingClaims = true;
        queue.put("a");
        queue.losingClaims = false;

        await(worker.drain(SOON));

        assertThat(FakeQueue.idsOf(queue.releases)).containsExactly("a");
        assertThat(queue.completions).isEmpty();
        assertThat(queue.claims).hasSize(2);
        assertThat(queue.claims.get(1))
                .isEqualTo(queue.claims.get(0).toBuilder().clearWait().build());
    }

    @Test
    void sidecar_thatIsRestarted_isClaimedFromAgain(@TempDir Path folder) throws Exception {
        Path socket = folder.resolve("t.sock");
        FakeQueue mortal = new FakeQueue(vertx);
        mortal.server.listen(socket);
        TandemClient local = TandemClient.connect(vertx, ClientOptions.DEFAULT.withUnixSocket(socket));
        Worker worker = local.worker("mail").handle(task -> Future.succeededFuture(ByteString.EMPTY));
        until(() -> mortal.claims.size() == 1);

        mortal.restart(socket);
        until(() -> mortal.claims.size() >= 2);
        mortal.put("a");

        until(() -> mortal.completions.size() == 1);
        await(worker.drain(SOON));
        local.close();
    }

    @Test
    void claims_thatAreRefusedForGood_stopTheWorkerWithTheReason() throws Exception {
        ScriptedServer refusing = new ScriptedServer(vertx);
        refusing.on(
                TaskServiceGrpcService.ClaimTasks,
                call -> call.refuse(GrpcStatus.INVALID_ARGUMENT, Reasons.INVALID_ARGUMENT, 0));
        refusing.listen(0);
        TandemClient misled =
                TandemClient.connect(vertx, ClientOptions.DEFAULT.withHostAndPort("127.0.0.1", refusing.port()));

        Worker worker = misled.worker("no such name!").handle(task -> Future.succeededFuture());

        assertThat(catchThrowable(() -> await(worker.stopped()))).hasCauseInstanceOf(TandemException.class);
        misled.close();
    }

    @Test
    void blockingHandlers_eachHaveAThreadOffTheEventLoop() throws Exception {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        CountDownLatch all = new CountDownLatch(3);
        for (String id : Set.of("a", "b", "c")) {
            queue.put(id);
        }
        Worker worker = worker().concurrency(3).handleBlocking(task -> {
            threads.add(Thread.currentThread().getName());
            all.countDown();
            all.await(); // all three are at it at once, or this never ends
            return task.payload();
        });

        until(() -> queue.completions.size() == 3);
        await(worker.drain(SOON));

        assertThat(threads).hasSize(3).noneMatch(name -> name.contains("eventloop"));
    }

    @Test
    void close_ofTheClient_givesTasksBack() throws Exception {
        queue.put("a");
        CountDownLatch begun = new CountDownLatch(1);
        Worker worker = worker().handle(task -> {
            begun.countDown();
            return Promise.<ByteString>promise().future();
        });
        begun.await();

        client.close();

        assertThat(worker.stopped().succeeded()).isTrue();
        assertThat(FakeQueue.idsOf(queue.releases)).containsExactly("a");
    }
}
