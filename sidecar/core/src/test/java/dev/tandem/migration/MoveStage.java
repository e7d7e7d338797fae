package dev.tandem.migration;

import dev.tandem.migration.Migrations.Census;
import dev.tandem.migration.Migrations.Order;
import dev.tandem.migration.Migrations.Start;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.Phase;
import dev.tandem.routing.SimStage;
import dev.tandem.routing.SimStage.Sidecar;
import dev.tandem.task.RecordKind;
import dev.tandem.task.StoredRecord;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A namespace that is to move from store a to store b, an operator, and coordinators. */
final class MoveStage {
    static final String NS = "default";
    static final Duration STOP_MAX = Duration.ofMillis(500);

    final SimStage sim = new SimStage();
    final Sidecar sidecar = sim.sidecar();
    final Map<String, List<String>> lacking = new TreeMap<>();
    final Census census = store -> Future.succeededFuture(lacking.getOrDefault(store, List.of()));
    final Migrations migrations = migrations(sidecar);

    Migrations migrations(Sidecar of) {
        return new Migrations(of.stores(), of.policies(), of.host(), sim.clock(), census);
    }

    MigrationRecords records() {
        return new MigrationRecords(sidecar.stores(), sim.clock());
    }

    Coordinator coordinator(Sidecar of, String name) {
        Coordinator coordinator = new Coordinator(of.stores(), of.policies(), of.host(), sim.clock(), name);
        coordinator.start();
        return coordinator;
    }

    static Order order() {
        return order(null, false);
    }

    static Order order(@Nullable Long etag, boolean isDryRun) {
        return new Order(NS, "jane", etag, isDryRun);
    }

    /** Some tasks that are in a alone. */
    void createTasks(int count) {
        for (int i = 0; i < count; i++) {
            sim.execute("a", NS, Tasks.create("t" + i));
        }
    }

    Status started() {
        createTasks(3);
        sim.await(migrations.start(order(), new Start("b", true, false)));
        // Whoever looks next moves the mirror's gate on, too.
        return status();
    }

    /** Copied and compared, and no step further: by a coordinator that lives on. */
    Status verified() {
        started();
        coordinator(sim.sidecar(), "coordinator");
        sim.await(migrations.verify(order()));
        return untilClean();
    }

    Status untilClean() {
        sim.runUntil(() -> {
            Migration.Comparison verified = status().migration().verified();
            return verified != null && verified.walk().isOver();
        });
        return status();
    }

    /** Forwards to this phase, with all reads switched. */
    Status at(Phase phase) {
        Status status = verified();
        while (status.policy().phase() != phase) {
            status = sim.await(migrations.advance(order(), 100, STOP_MAX));
        }
        return status;
    }

    Status status() {
        return sim.await(migrations.status(NS));
    }

    /** Why it is refused; and it must be. */
    String why(Function<Migrations, Future<Status>> step) {
        return why(migrations, step);
    }

    String why(Migrations of, Function<Migrations, Future<Status>> step) {
        try {
            Status status = sim.await(step.apply(of));
            throw new AssertionError("not refused: " + status);
        } catch (StepRefused e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** All that both stores hold of the namespace, its gates, and the records of moves. */
    String everything() {
        List<Object> all = new ArrayList<>();
        for (String store : List.of("a", "b")) {
            all.add(sim.gate(store, NS));
            for (RecordKind kind : RecordKind.values()) {
                all.add(sim.records(store, NS, kind));
                all.add(sim.records(store, MigrationRecords.NAMESPACE, kind));
            }
        }
        return String.join("\n", all.stream().map(Object::toString).toList());
    }

    List<StoredRecord> tasks(String store) {
        return sim.records(store, NS, RecordKind.TASK);
    }

    /** Writes past the policy. */
    void rogue(String store, StoredRecord record) {
        sim.execute(store, NS, new Verb.Mirror(List.of(record), 0));
    }

    static List<String> what(Migration migration) {
        return migration.events().stream().map(Migration.Event::what).toList();
    }
}
