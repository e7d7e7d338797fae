package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import dev.tandem.grpc.ApiServer;
import dev.tandem.grpc.CallListener;
import dev.tandem.grpc.ServerOptions;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.TaskState;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.ReferenceTaskStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Short real runs: a real server in this process, over the reference store, and real calls. */
class MeasurementTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String NAMESPACE = "bench";
    private static final Set<Operation> ALL = EnumSet.complementOf(EnumSet.of(Operation.EMPTY));

    private final Vertx vertx = Vertx.vertx();
    private final LoadGenerator load = new LoadGenerator(vertx.getOrCreateContext());
    private final Map<Way, TaskCalls> calls = new EnumMap<>(Way.class);
    private FaultyTaskStore served;
    private ApiServer server;
    private Wire echo;

    @BeforeEach
    void start() {
        served = FaultyTaskStore.wrap(new ReferenceTaskStore(vertx));
        server = Waiting.on(
                ApiServer.start(
                        vertx,
                        ServerOptions.DEFAULT.withPort(0).withDrain(Duration.ZERO, Duration.ofSeconds(5)),
                        served,
                        InstantSource.system(),
                        CallListener.NONE),
                LONG,
                "the server");
        Wire wire = new Wire(vertx, SocketAddress.inetSocketAddress(server.port(), "127.0.0.1"), 2);
        calls.put(Way.STORE, new StoreCalls(new ReferenceTaskStore(vertx), () -> NAMESPACE, InstantSource.system()));
        calls.put(Way.SIDECAR, new ApiCalls(wire, () -> NAMESPACE));
        int echoPort =
                Waiting.on(EchoServer.start(vertx, 0), LONG, "the empty server").actualPort();
        echo = new Wire(vertx, SocketAddress.inetSocketAddress(echoPort, "127.0.0.1"), 1);
    }

    @AfterEach
    void stop() {
        Waiting.on(server.drain(), LONG, "the server's end");
        Waiting.on(vertx.close(), LONG, "the end of the event loops");
    }

    private Results run(Plan plan) {
        return new Measurement(
                        load,
                        calls,
                        Namespaces.fixed(NAMESPACE),
                        () -> echo.call(EchoServer.EMPTY, Empty.getDefaultInstance()),
                        1)
                .run(plan, (pass, passes, way, inFlight, payload) -> {});
    }

    @Test
    void run_wholePlan_hasASampleOfEachCellAndRoundAndNoErrors() {
        Plan plan = new Plan(List.of(1, 4), List.of(0, 100), ALL, 2, Duration.ofMillis(20), 0, false);

        Results results = run(plan);

        assertThat(results.errors()).as(() -> results.samples().toString()).isZero();
        assertThat(results.samples()).hasSize(2 * 2 * (ALL.size() * 2 + 1));
        assertThat(results.samples()).allSatisfy((cell, samples) -> {
            assertThat(samples).as(cell.toString()).hasSize(2);
            assertThat(samples).as(cell.toString()).allSatisfy(sample -> {
                assertThat(sample.count()).isPositive();
                assertThat(sample.p50Nanos()).isPositive();
                assertThat(sample.maxNanos()).isGreaterThanOrEqualTo(sample.p999Nanos());
            });
        });
    }

    @Test
    void run_claimAndComplete_countNoMoreThanWasCreated() {
        Plan plan = new Plan(List.of(4), List.of(0), ALL, 1, Duration.ofMillis(30), 0, false);

        Results results = run(plan);

        for (Way way : List.of(Way.STORE, Way.SIDECAR)) {
            long created = count(results, way, Operation.CREATE);
            long claimed = count(results, way, Operation.CLAIM);
            long completed = count(results, way, Operation.COMPLETE);
            assertThat(claimed).isPositive().isLessThanOrEqualTo(created);
            assertThat(completed).isPositive().isLessThanOrEqualTo(claimed);
        }
        assertThat(stored(TaskState.SUCCEEDED))
                .as("what the store has is what was counted")
                .isEqualTo(
                        count(results, Way.SIDECAR, Operation.COMPLETE) + count(results, Way.SIDECAR, Operation.LIFE));
    }

    @Test
    void run_cleansUp_leavesNoTask() {
        run(new Plan(List.of(4), List.of(0), ALL, 1, Duration.ofMillis(20), 0, true));

        for (TaskState state : TaskState.values()) {
            assertThat(stored(state)).as(state.toString()).isZero();
        }
    }

    @Test
    void run_onlyClaims_makesTasksUnmeasured() {
        Results results =
                run(new Plan(List.of(2), List.of(0), Set.of(Operation.CLAIM), 1, Duration.ofMillis(10), 0, false));

        assertThat(results.samples().keySet())
                .extracting(Cell::operation)
                .containsOnly(Operation.CLAIM, Operation.EMPTY);
        assertThat(count(results, Way.SIDECAR, Operation.CLAIM)).isPositive();
    }

    @Test
    void run_atARate_makesThatManyCalls() {
        Plan plan = new Plan(List.of(1), List.of(0), Set.of(Operation.CREATE), 1, Duration.ofMillis(200), 500, false);

        Results results = run(plan);

        assertThat(count(results, Way.SIDECAR, Operation.CREATE)).isEqualTo(100);
        assertThat(count(results, Way.STORE, Operation.CREATE)).isEqualTo(100);
        assertThat(count(results, Way.EMPTY, Operation.EMPTY)).isEqualTo(100);
    }

    @Test
    void run_callsThatFail_areCountedAndToldAndNotMeasured() {
        served.refuse(3);
        Plan plan = new Plan(List.of(1), List.of(0), Set.of(Operation.CREATE), 1, Duration.ofMillis(100), 200, false);

        Results results = run(plan);
        Report report = report(plan, results);
        StringWriter text = new StringWriter();
        TextReport.print(report, new PrintWriter(text));

        assertThat(report.errors()).isEqualTo(3);
        assertThat(text.toString())
                .contains("3 calls did not do what was asked")
                .contains("UNAVAILABLE");
        assertThat(count(results, Way.SIDECAR, Operation.CREATE)).isEqualTo(17);
        assertThat(stored(TaskState.ENQUEUED)).isEqualTo(17);
    }

    @Test
    void run_whatTheMeasurementNeedsFails_endsTheRun() {
        served.refuse(1);
        Plan plan = new Plan(List.of(1), List.of(0), Set.of(Operation.GET_HIT), 1, Duration.ofMillis(10), 0, false);

        assertThatThrownBy(() -> run(plan))
                .isInstanceOf(BenchException.class)
                .hasMessageStartingWith("what the measurement needs failed 1 times");
    }

    @Test
    void json_ofARun_hasTheRawNumbersOfEveryRound() {
        Plan plan = new Plan(List.of(1), List.of(0), ALL, 2, Duration.ofMillis(10), 0, false);

        JsonObject json = JsonReport.of(report(plan, run(plan)));
        JsonObject read = new JsonObject(json.encodePrettily());

        assertThat(read.fieldNames())
                .containsExactlyInAnyOrder(
                        "format",
                        "started_at",
                        "command_line",
                        "environment",
                        "load_averages",
                        "plan",
                        "cells",
                        "footprint",
                        "server_costs",
                        "scale",
                        "targets",
                        "errors");
        JsonArray cells = read.getJsonArray("cells");
        assertThat(cells).hasSize(ALL.size() * 2 + 1);
        for (int i = 0; i < cells.size(); i++) {
            JsonObject cell = cells.getJsonObject(i);
            assertThat(cell.getJsonArray("rounds")).hasSize(2);
            assertThat(cell.getJsonObject("median").getDouble("p50_nanos")).isPositive();
            assertThat(cell.getJsonArray("rounds").getJsonObject(0).getLong("count"))
                    .isPositive();
            assertThat(cell.containsKey("latency_ratio")).isEqualTo("sidecar".equals(cell.getString("way")));
        }
    }

    private static Report report(Plan plan, Results results) {
        return new Report(
                new Circumstances(Instant.EPOCH, List.of("--quick"), Map.of("cpus", 2), List.of(0.5, 1.0)),
                Backend.Kind.SQLITE,
                plan,
                results,
                null,
                null,
                null);
    }

    private static long count(Results results, Way way, Operation operation) {
        return results.samples().entrySet().stream()
                .filter(entry -> entry.getKey().way() == way && entry.getKey().operation() == operation)
                .flatMap(entry -> entry.getValue().stream())
                .mapToLong(Sample::count)
                .sum();
    }

    private long stored(TaskState state) {
        return Waiting.on(
                        served.query(new TaskQuery.Count(NAMESPACE, TaskFilter.ALL), CallOptions.DEFAULT),
                        LONG,
                        "the count")
                .byState()
                .getOrDefault(state, 0L);
    }
}
