package dev.tandem.robustness;

import dev.tandem.migration.Backfill;
import dev.tandem.migration.PolicySteps;
import dev.tandem.routing.Host;
import dev.tandem.routing.OutboxDelivery;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Router;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskStore;
import dev.tandem.task.ScanPosition;
import dev.tandem.testkit.StoreCalls;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Takes a namespace from step to step, as an operator's commands do; each returns when it is done, and fails if it was refused. */
final class MoveCoordinator {
    private static final Duration STEP_MAX = Duration.ofSeconds(10);

    private final String namespace;
    private final Router router;
    private final PolicySteps steps;
    private final Context context;

    MoveCoordinator(Vertx vertx, String namespace, Router router) {
        this.namespace = namespace;
        this.router = router;
        this.steps = new PolicySteps(router.stores(), router.policies(), Host.of(vertx));
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    Policy policy() {
        return onContext(() -> router.policies().refresh(namespace));
    }

    Policy start(String target, boolean mayLag) {
        Policy from = policy();
        return onContext(() -> steps.start(namespace, from, target, mayLag, STEP_MAX));
    }

    Policy move(Phase to) {
        return move(to, 0);
    }

    Policy move(Phase to, int readPercent) {
        Policy from = policy();
        return onContext(() -> steps.move(namespace, from, to, readPercent, STEP_MAX));
    }

    Policy switchWrites() {
        Policy from = policy();
        return onContext(() -> steps.switchWrites(namespace, from, STEP_MAX));
    }

    /** Copies all pages; returns how many there were. */
    int backfill() {
        Backfill backfill = new Backfill(router.stores(), router.policies(), namespace);
        ScanPosition after = null;
        int pages = 0;
        do {
            ScanPosition from = after;
            after = onContext(() -> backfill.page(from, options()));
            pages++;
        } while (after != null);
        return pages;
    }

    /** Hands over what the mirror lacks; returns how many entries the outbox had. */
    long deliver() {
        Policy policy = policy();
        TaskStore authority = router.stores().get(policy.authority());
        TaskStore mirror = router.stores().get(policy.requireMirror());
        return onContext(() -> new OutboxDelivery(namespace, authority, policy.epoch(), mirror, policy.epoch())
                        .upToNow(options()))
                .entries();
    }

    private static CallOptions options() {
        return new CallOptions(System.nanoTime() + STEP_MAX.toNanos(), Consistency.LINEARIZABLE);
    }

    private <T extends @Nullable Object> T onContext(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(go -> call.get().onComplete(promise));
        return StoreCalls.await(promise.future());
    }
}
