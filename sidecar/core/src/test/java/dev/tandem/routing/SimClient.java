package dev.tandem.routing;

import dev.tandem.store.CallOptions;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.CommandCodec;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestKey;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskError;
import dev.tandem.task.Verb;
import dev.tandem.testkit.Tasks;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Works on a few tasks and one lease, one call after the other. */
final class SimClient {
    private static final int TASKS = 4;

    private final int number;
    private final SimFleet fleet;
    private final SimFleet.Sidecar sidecar;
    private final SimWorld world;
    private final TaskStore store;
    private final long skewMillis;
    private @Nullable Task claimed;
    private @Nullable LeaderLease lease;
    private @Nullable TaskCommand toRepeat;

    SimClient(int number, SimFleet fleet, SimFleet.Sidecar sidecar) {
        this.number = number;
        this.fleet = fleet;
        this.sidecar = sidecar;
        this.world = fleet.world;
        this.store = fleet.recorder.client(number, sidecar.router);
        this.skewMillis = world.random.nextInt(40) - 20L;
    }

    void go() {
        sidecar.process.after(fleet.pauseMillis(), () -> {
            if (!fleet.isOver()) {
                call().onComplete(done -> {
                    fleet.calls++;
                    if (done.failed()) {
                        fleet.failedCalls++;
                    }
                    go();
                });
            }
        });
    }

    private String id() {
        return "t" + (fleet.place() * TASKS + world.random.nextInt(TASKS));
    }

    private String scope() {
        return "s" + fleet.place();
    }

    private Future<?> call() {
        CallOptions options = sidecar.soon(400);
        if (world.chance(40)) {
            return world.chance(85)
                    ? store.query(new TaskQuery.Get(SimFleet.NAMESPACE, id()), options)
                    : store.query(new TaskQuery.GetLease(SimFleet.NAMESPACE, scope()), options);
        }
        TaskCommand repeated = toRepeat;
        toRepeat = null;
        TaskCommand command = repeated != null ? repeated : command();
        return store.execute(command, options).andThen((outcome, failure) -> {
            if (failure instanceof StoreException && command.request() != null) {
                toRepeat = command;
            } else if (outcome instanceof Outcome.Claimed got && !got.tasks().isEmpty()) {
                claimed = got.tasks().get(0);
            } else if (outcome instanceof Outcome.Granted granted) {
                lease = granted.lease();
            }
        });
    }

    private TaskCommand command() {
        Verb verb = verb();
        RequestKey request = world.chance(40) && !(verb instanceof Verb.Sweep)
                ? new RequestKey("r" + world.random.nextLong(), CommandCodec.bodyHash(verb), 3_600_000)
                : null;
        return new TaskCommand(SimFleet.NAMESPACE, world.millis() + skewMillis, request, verb);
    }

    private Verb verb() {
        int dice = world.random.nextInt(100);
        if (dice < 25) {
            return Tasks.create(id(), Tasks.spec().withPayload(Bytes.of(new byte[] {(byte) world.random.nextInt()})));
        } else if (dice < 45) {
            return new Verb.Claim(List.of(Tasks.QUEUE), "w" + number % 5, 150, 1);
        } else if (dice < 60 && claimed != null) {
            Task task = claimed;
            long token =
                    Optional.ofNullable(task.lease()).map(held -> held.token()).orElse(0L);
            claimed = null;
            return world.chance(50)
                    ? new Verb.Complete(task.id(), token, Bytes.EMPTY)
                    : new Verb.Fail(task.id(), token, new TaskError("E", "e"), false);
        } else if (dice < 70) {
            return new Verb.Delete(id(), 0);
        } else if (dice < 80) {
            return new Verb.Update(id(), 0, null, null, world.random.nextInt(9), null, null, null, null, null);
        } else if (dice < 85) {
            return new Verb.Cancel(id(), 0, "");
        } else if (dice < 90) {
            return new Verb.Retry(id(), 0);
        } else if (dice < 93) {
            return new Verb.Sweep(10);
        } else if (dice < 97 || lease == null) {
            return new Verb.AcquireLease(scope(), "h" + world.random.nextInt(3), 150);
        }
        return new Verb.RenewLease(lease.scope(), lease.token(), 150);
    }
}
