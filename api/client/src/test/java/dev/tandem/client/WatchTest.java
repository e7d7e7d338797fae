package dev.tandem.client;

import static dev.tandem.client.FakeQueue.until;
import static dev.tandem.client.ScriptedServer.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceGrpcService;
import dev.tandem.v1.WatchTasksRequest;
import dev.tandem.v1.WatchTasksResponse;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchTest {
    private final Vertx vertx = Vertx.vertx();
    private final ScriptedServer server = new ScriptedServer(vertx);
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private TandemClient client;

    @AfterEach
    void close() throws Exception {
        client.close();
        await(vertx.close());
    }

    private List<WatchTasksRequest> serve(Consumer<ScriptedServer.Call<WatchTasksRequest, WatchTasksResponse>> script)
            throws Exception {
        List<WatchTasksRequest> asked = server.on(TaskServiceGrpcService.WatchTasks, script);
        server.listen(0);
        client = TandemClient.connect(vertx, ClientOptions.DEFAULT.withHostAndPort("127.0.0.1", server.port()));
        return asked;
    }

    private static WatchTasksResponse event(int number) {
        return WatchTasksResponse.newBuilder()
                .setCursor("c" + number)
                .setTask(Task.newBuilder().setTaskId("t" + number))
                .build();
    }

    private Future<Void> note(WatchTasksResponse event) {
        seen.add(event.getTask().getTaskId());
        return Future.succeededFuture();
    }

    private static WatchTasksRequest existing() {
        return WatchTasksRequest.newBuilder().setIncludeExisting(true).build();
    }

    @Test
    void watch_cutInWhateverWay_goesOnFromTheLastCursor() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        AtomicReference<Runnable> cut = new AtomicReference<>();
        List<WatchTasksRequest> asked = serve(call -> {
            int n = opened.incrementAndGet();
            cut.set(call::cut);
            call.stream().response().write(event(n));
            if (n == 2) {
                call.stream().response().end();
            } else if (n == 3) {
                call.refuse(GrpcStatus.UNAVAILABLE, Reasons.DRAINING, 1);
            }
        });

        Watch watch = client.watch(existing(), event -> {
            if (event.getCursor().equals("c1")) {
                cut.get().run();
            }
            return note(event);
        });
        until(() -> seen.size() == 4);
        await(watch.close());

        assertThat(seen).containsExactly("t1", "t2", "t3", "t4");
        assertThat(asked).extracting(WatchTasksRequest::getCursor).containsExactly("", "c1", "c2", "c3");
        assertThat(asked).extracting(WatchTasksRequest::getIncludeExisting).containsExactly(true, false, false, false);
        assertThat(watch.cursor()).isEqualTo("c4");
    }

    @Test
    void watch_cutAndNotToGoOn_endsWithTheFailure() throws Exception {
        List<WatchTasksRequest> asked = serve(call -> {
            call.stream().response().write(event(1));
            call.refuse(GrpcStatus.UNAVAILABLE, Reasons.DRAINING, 1);
        });
        List<TandemException> cuts = new CopyOnWriteArrayList<>();

        Watch watch = client.watch(existing(), new WatchHandler() {
            @Override
            public Future<Void> handle(WatchTasksResponse event) {
                return note(event);
            }

            @Override
            public boolean wasCut(TandemException failure) {
                cuts.add(failure);
                return cuts.size() < 2;
            }
        });

        assertThat(catchThrowable(() -> await(watch.ended()))).hasCause(cuts.get(1));
        assertThat(cuts).extracting(TandemException::reason).containsExactly(Reasons.DRAINING, Reasons.DRAINING);
        assertThat(asked).extracting(WatchTasksRequest::getCursor).containsExactly("", "c1");
    }

    @Test
    void watch_cutWhileAnEventIsHandled_goesOnAfterThatEvent(@TempDir Path folder) throws Exception {
        AtomicInteger opened = new AtomicInteger();
        Promise<Void> slow = Promise.promise();
        Path socket = folder.resolve("t.sock");
        List<WatchTasksRequest> asked = server.on(
                TaskServiceGrpcService.WatchTasks,
                call -> call.stream().response().write(event(opened.incrementAndGet())));
        server.listen(socket);
        client = TandemClient.connect(vertx, ClientOptions.DEFAULT.withUnixSocket(socket));

        Watch watch = client.watch(existing(), event -> {
            note(event);
            return seen.size() == 1 ? slow.future() : Future.succeededFuture();
        });
        until(() -> seen.size() == 1);
        server.stop();
        server.listen(socket);
        assertThat(asked).hasSize(1);
        slow.complete();
        until(() -> seen.size() == 2);
        await(watch.close());

        assertThat(asked).extracting(WatchTasksRequest::getCursor).containsExactly("", "c1");
    }

    @Test
    void events_inABurst_areAllHandledInOrder() throws Exception {
        int count = 20_000;
        serve(call ->
                IntStream.range(0, count).forEach(i -> call.stream().response().write(event(i))));

        Watch watch = client.watch(existing(), this::note);
        until(() -> seen.size() == count);
        await(watch.close());

        assertThat(seen)
                .isEqualTo(IntStream.range(0, count).mapToObj(i -> "t" + i).toList());
    }

    @Test
    void expiredCursor_ifAsked_startsAnewWithWhatExists() throws Exception {
        List<WatchTasksRequest> asked = serve(call -> {
            if (call.request().getCursor().equals("old")) {
                call.refuse(GrpcStatus.OUT_OF_RANGE, Reasons.CURSOR_EXPIRED, 0);
            } else {
                call.stream().response().write(event(1));
            }
        });
        WatchTasksRequest old = WatchTasksRequest.newBuilder()
                .setCursor("old")
                .addQueues("mail")
                .build();

        Watch strict = client.watch(old, this::note);
        assertThat(catchThrowable(() -> await(strict.ended()))).hasCauseInstanceOf(TandemException.class);
        assertThat(seen).isEmpty();

        Watch lenient = client.watch(old, new WatchHandler() {
            @Override
            public Future<Void> handle(WatchTasksResponse event) {
                return note(event);
            }

            @Override
            public boolean cursorExpired() {
                seen.add("forgotten");
                return true;
            }
        });
        until(() -> seen.size() == 2);
        await(lenient.close());

        assertThat(seen).containsExactly("forgotten", "t1");
        assertThat(asked.get(2).getIncludeExisting()).isTrue();
        assertThat(asked.get(2).getQueuesList()).containsExactly("mail");
    }

    @Test
    void handler_thatFails_endsTheWatch() throws Exception {
        serve(call -> call.stream().response().write(event(1)));

        Watch watch = client.watch(existing(), event -> {
            throw new IllegalStateException("full");
        });

        assertThat(catchThrowable(() -> await(watch.ended()))).hasRootCauseMessage("full");
        assertThat(watch.cursor()).isEmpty();
    }

    @Test
    void close_ofAStreamWithoutEvents_tellsTheSidecar() throws Exception {
        Promise<Void> canceled = Promise.promise();
        List<WatchTasksRequest> asked = serve(call -> call.stream().errorHandler(error -> canceled.tryComplete()));

        Watch watch = client.watch(existing(), this::note);
        until(() -> asked.size() == 1);
        await(watch.close());

        await(canceled.future());
    }
}
