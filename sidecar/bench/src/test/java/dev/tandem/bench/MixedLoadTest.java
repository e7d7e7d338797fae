package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.bench.Ledger.Fault;
import dev.tandem.testkit.FaultyTaskStore;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.v1.CancelTaskRequest;
import dev.tandem.v1.CreateTaskRequest;
import dev.tandem.v1.DeleteTaskRequest;
import dev.tandem.v1.Task;
import dev.tandem.v1.TaskServiceClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The load, and the comparison of what it was told with what is there, over servers of the API. */
class MixedLoadTest {
    private static final String NAMESPACE = "demo";
    private static final long SEED = 7;
    private static final int CALLS = 2_000;

    private final ServedTasks served = new ServedTasks();
    private final FaultyTaskStore store = FaultyTaskStore.wrap(new ReferenceTaskStore(served.vertx));
    private final Ledger ledger = new Ledger(50);
    private final List<MixedLoad.Call> ended = new ArrayList<>();

    @AfterEach
    void close() {
        served.close();
    }

    private MixedLoad load(TaskServiceClient... sidecars) {
        return new MixedLoad(NAMESPACE, List.of(sidecars), ledger, SEED, ended::add);
    }

    private Sample run(MixedLoad load, int calls) {
        AtomicInteger left = new AtomicInteger(calls);
        return LoadGenerator.await(
                new LoadGenerator(served.vertx.getOrCreateContext())
                        .closed(
                                () -> left.getAndDecrement() > 0 ? load.next(System.nanoTime()) : null,
                                8,
                                ServedTasks.LONG),
                ServedTasks.LONG);
    }

    private void fill(MixedLoad load, int tasks) {
        Sample filled = LoadGenerator.await(
                new LoadGenerator(served.vertx.getOrCreateContext())
                        .closed(() -> load.fill(tasks), 3, ServedTasks.LONG),
                ServedTasks.LONG);
        assertThat(filled.errors()).as(filled.firstError()).isZero();
    }

    private LedgerCheck.Found check(TaskServiceClient... sidecars) {
        return new LedgerCheck(ledger, NAMESPACE, List.of(sidecars)).run();
    }

    @Test
    void next_throughTwoSidecars_makesAllKindsOfCallsAndFindsEverything() {
        TaskServiceClient one = served.serve(store);
        TaskServiceClient other = served.serve(store);
        MixedLoad load = load(one, other);

        fill(load, 250);
        Sample sample = run(load, CALLS);

        assertThat(sample.count()).as(sample.firstError()).isEqualTo(CALLS);
        assertThat(load.failed()).isZero();
        assertThat(load.contradicted()).as(load.firstContradiction()).isZero();
        assertThat(ended).hasSize(CALLS);
        assertThat(ended).extracting(MixedLoad.Call::kind).containsAll(EnumSet.allOf(MixedLoad.Kind.class));
        assertThat(ended).allMatch(call -> call.answeredNanos() >= call.dueNanos());
        LedgerCheck.Found found = check(one, other);
        assertThat(found.faults()).isEmpty();
        assertThat(found.tasks())
                .isGreaterThan(250 + CALLS / 10)
                .isEqualTo(ledger.ids().size());
    }

    @Test
    void check_aTaskThatTheStoreLost_isFound() {
        TaskServiceClient sidecar = served.serve(store);
        MixedLoad load = load(sidecar);
        fill(load, 150);
        run(load, 100);
        String lost = living();

        ServedTasks.on(sidecar.deleteTask(DeleteTaskRequest.newBuilder()
                .setNamespace(NAMESPACE)
                .setTaskId(lost)
                .build()));

        LedgerCheck.Found found = check(sidecar);
        assertThat(found.lost()).isEqualTo(1);
        assertThat(found.examples()).containsEntry(Fault.MISSING, List.of(lost)).hasSize(1);
    }

    @Test
    void check_aDeletedTaskThatIsBack_isFound() {
        TaskServiceClient sidecar = served.serve(store);
        MixedLoad load = load(sidecar);
        fill(load, 150);
        run(load, 1_000);
        String deleted = ledger.ids().stream()
                .filter(id -> ledger.seen(id).isDeleted())
                .findFirst()
                .orElseThrow();

        create(sidecar, deleted);

        LedgerCheck.Found found = check(sidecar);
        assertThat(found.lost()).isEqualTo(1);
        assertThat(found.examples()).containsEntry(Fault.BACK, List.of(deleted)).hasSize(1);
    }

    @Test
    void check_aStoreThatLostTheLastChange_isFound() {
        TaskServiceClient sidecar = served.serve(store);
        ledger.acknowledge(create(sidecar, "kept"));
        ledger.acknowledge(create(sidecar, "changed"));
        ledger.acknowledge(ServedTasks.on(sidecar.cancelTask(CancelTaskRequest.newBuilder()
                .setNamespace(NAMESPACE)
                .setTaskId("changed")
                .build())));
        assertThat(check(sidecar).faults()).isEmpty();

        TaskServiceClient before = served.serve(new ReferenceTaskStore(served.vertx));
        create(before, "kept");
        create(before, "changed");

        assertThat(check(before).examples())
                .containsEntry(Fault.OLDER, List.of("changed"))
                .hasSize(1);
    }

    @Test
    void next_callsWithUnknownResults_areCountedAndTakenForNeitherDoneNorUndone() {
        TaskServiceClient sidecar =
                served.serve(store, options -> options.withRetries(1, Duration.ofMillis(1), Duration.ofMillis(1)));
        MixedLoad load = load(sidecar);
        fill(load, 150);
        run(load, 300);
        store.applyThenLoseAck(20).loseCommand(20);

        Sample sample = run(load, 300);

        assertThat(sample.errors()).isEqualTo(40);
        assertThat(load.failed()).isEqualTo(40);
        assertThat(ended.stream().filter(MixedLoad.Call::isFailed)).hasSize(40);
        assertThat(load.firstFailure()).contains("by the test");
        assertThat(load.contradicted()).as(load.firstContradiction()).isZero();
        assertThat(check(sidecar).faults()).isEmpty();
    }

    @Test
    void next_aReadThatShowsTooLittle_isCounted() {
        TaskServiceClient sidecar = served.serve(store);
        MixedLoad load = load(sidecar);
        fill(load, 50);

        // It knows of creations alone, under the same ids.
        TaskServiceClient behind = served.serve(new ReferenceTaskStore(served.vertx));
        MixedLoad fromBehind = new MixedLoad(NAMESPACE, List.of(behind), ledger, SEED, ended::add);
        fill(fromBehind, 50);
        ledger.ids()
                .forEach(id -> ledger.acknowledge(ServedTasks.on(sidecar.cancelTask(CancelTaskRequest.newBuilder()
                        .setNamespace(NAMESPACE)
                        .setTaskId(id)
                        .build()))));
        run(fromBehind, 100);

        assertThat(fromBehind.contradicted()).isPositive();
        assertThat(fromBehind.firstContradiction()).contains("OLDER");
    }

    private Task create(TaskServiceClient sidecar, String id) {
        return ServedTasks.on(sidecar.createTask(CreateTaskRequest.newBuilder()
                .setNamespace(NAMESPACE)
                .setTaskId(id)
                .setTask(Task.newBuilder().setQueue("another").setPayload(ledger.payload(id)))
                .build()));
    }

    /** The id of a task that is there. */
    private String living() {
        return ledger.ids().stream()
                .filter(id -> !ledger.seen(id).isDeleted())
                .findFirst()
                .orElseThrow();
    }
}
