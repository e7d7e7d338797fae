package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** grpc.health.v1 and reflection, by the stubs of grpc-java. */
class HealthTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HealthCheckRequest of(String service) {
        return HealthCheckRequest.newBuilder().setService(service).build();
    }

    /** Keeps what a stream brings; its end as the status. */
    static final class Collector<T> implements StreamObserver<T> {
        private final LinkedBlockingQueue<Object> events = new LinkedBlockingQueue<>();

        @Override
        public void onNext(T value) {
            events.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            events.add(Status.fromThrowable(failure).getCode());
        }

        @Override
        public void onCompleted() {
            events.add(Status.Code.OK);
        }

        Object next() throws InterruptedException {
            Object event = events.poll(TestServer.WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
            assertThat(event).as("an event").isNotNull();
            return event;
        }
    }

    @Test
    void check_eachService_isServing() {
        for (String service : new String[] {"", "tandem.v1.TaskService", "tandem.v1.LeaseService"}) {
            assertThat(HealthGrpc.newBlockingStub(server.channel)
                            .check(of(service))
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
        }
        try {
            HealthCheckResponse response =
                    HealthGrpc.newBlockingStub(server.channel).check(of("none"));
            throw new AssertionError("not refused, but " + response);
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        }
    }

    @Test
    void watch_statusChanges_isToldOnceEach() throws Exception {
        Collector<HealthCheckResponse> known = new Collector<>();
        Collector<HealthCheckResponse> unknown = new Collector<>();
        HealthGrpc.newStub(server.channel).watch(of("tandem.v1.TaskService"), known);
        HealthGrpc.newStub(server.channel).watch(of("none"), unknown);
        assertThat(known.next()).isEqualTo(response(ServingStatus.SERVING));
        assertThat(unknown.next()).isEqualTo(response(ServingStatus.SERVICE_UNKNOWN));
        server.server.setServing(false);
        server.server.setServing(false);
        server.server.setServing(true);
        assertThat(known.next()).isEqualTo(response(ServingStatus.NOT_SERVING));
        assertThat(known.next()).isEqualTo(response(ServingStatus.SERVING));
        assertThat(unknown.events).isEmpty();
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    @Test
    void reflection_services_areListedAndDescribed() throws Exception {
        Collector<ServerReflectionResponse> answers = new Collector<>();
        StreamObserver<ServerReflectionRequest> asked =
                ServerReflectionGrpc.newStub(server.channel).serverReflectionInfo(answers);
        asked.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        ServerReflectionResponse listed = (ServerReflectionResponse) answers.next();
        assertThat(listed.getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains("tandem.v1.TaskService", "tandem.v1.LeaseService", "grpc.health.v1.Health");
        asked.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("tandem.v1.TaskService")
                .build());
        ServerReflectionResponse described = (ServerReflectionResponse) answers.next();
        assertThat(described.getFileDescriptorResponse().getFileDescriptorProtoCount())
                .isPositive();
        asked.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("tandem.v1.NoService")
                .build());
        ServerReflectionResponse refused = (ServerReflectionResponse) answers.next();
        assertThat(refused.getErrorResponse().getErrorCode()).isEqualTo(Status.Code.NOT_FOUND.value());
        asked.onCompleted();
        assertThat(answers.next()).isEqualTo(Status.Code.OK);
    }

    @Test
    void reflection_manyQuestionsAtOnce_areAllAnswered() throws Exception {
        Collector<ServerReflectionResponse> answers = new Collector<>();
        StreamObserver<ServerReflectionRequest> asked =
                ServerReflectionGrpc.newStub(server.channel).serverReflectionInfo(answers);
        for (int i = 0; i < 50; i++) {
            asked.onNext(ServerReflectionRequest.newBuilder()
                    .setFileContainingSymbol("no.such." + i)
                    .build());
        }
        asked.onCompleted();
        for (int i = 0; i < 50; i++) {
            assertThat(((ServerReflectionResponse) answers.next())
                            .getOriginalRequest()
                            .getFileContainingSymbol())
                    .isEqualTo("no.such." + i);
        }
        assertThat(answers.next()).isEqualTo(Status.Code.OK);
    }

    @Test
    void reflection_moreStreamsThanTheBound_areRefusedUntilOneEnds() throws Exception {
        ServerReflectionRequest list =
                ServerReflectionRequest.newBuilder().setListServices("").build();
        try (TestServer busy = new TestServer()) {
            List<StreamObserver<ServerReflectionRequest>> open = new ArrayList<>();
            Collector<ServerReflectionResponse> answers = new Collector<>();
            for (int i = 0; i < Reflection.STREAMS_MAX; i++) {
                StreamObserver<ServerReflectionRequest> stream =
                        ServerReflectionGrpc.newStub(busy.channel).serverReflectionInfo(answers);
                stream.onNext(list);
                assertThat(answers.next()).isInstanceOf(ServerReflectionResponse.class);
                open.add(stream);
            }
            ServerReflectionGrpc.newStub(busy.channel)
                    .serverReflectionInfo(answers)
                    .onNext(list);
            assertThat(answers.next()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            open.get(0).onCompleted();
            assertThat(answers.next()).isEqualTo(Status.Code.OK);
            ServerReflectionGrpc.newStub(busy.channel)
                    .serverReflectionInfo(answers)
                    .onNext(list);
            assertThat(answers.next()).isInstanceOf(ServerReflectionResponse.class);
        }
    }

    @Test
    void reflection_switchedOff_isUnimplemented() throws Exception {
        try (TestServer quiet = new TestServer(options -> options.withReflection(false))) {
            Collector<ServerReflectionResponse> answers = new Collector<>();
            ServerReflectionGrpc.newStub(quiet.channel)
                    .serverReflectionInfo(answers)
                    .onNext(ServerReflectionRequest.newBuilder()
                            .setListServices("")
                            .build());
            assertThat(answers.next()).isEqualTo(Status.Code.UNIMPLEMENTED);
        }
    }
}
