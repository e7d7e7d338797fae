package dev.tandem.migration;

import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Event;
import dev.tandem.migration.Migration.Walk;
import dev.tandem.migration.MigrationRecords.Kept;
import dev.tandem.routing.Host;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.TaskState;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What operators do to moves; any sidecar may be asked. The {@link Coordinator} does the work in between.
 *
 * <p>What can't be done fails as {@link StepRefused} with a sentence that says why and what to do instead, and has changed nothing. Every step that is taken is
 * kept in the move's record, with who took it and on which evidence. May be called from any context.
 */
public final class Migrations {
    /** How long a step that does not hold writes up may take. */
    private static final Duration STEP_MAX = Duration.ofSeconds(10);

    private final Stores stores;
    private final Policies policies;
    private final Host host;
    private final InstantSource clock;
    private final MigrationRecords records;
    private final PolicySteps steps;

    public Migrations(Stores stores, Policies policies, Host host, InstantSource clock) {
        this.stores = stores;
        this.policies = policies;
        this.host = host;
        this.clock = clock;
        this.records = new MigrationRecords(stores, clock);
        this.steps = new PolicySteps(stores, policies, host);
    }

    /**
     * A move as it stands.
     *
     * @param obstacles what stands in the way of the next step forwards, a sentence each
     */
    public record Status(Migration migration, Policy policy, boolean isOver, List<String> obstacles) {}

    /**
     * Who wants a step, and of what.
     *
     * @param who the operator, for the record
     * @param etag the epoch of the policy that the operator has seen: with another one the step is refused; null for any
     * @param isDryRun nothing is done: the answer says what stands in the way
     */
    public record Order(
            String namespace, String who, @Nullable Long etag, boolean isDryRun) {
        private Optional<String> whyNotOf(Policy policy) {
            return etag == null || etag == policy.epoch()
                    ? Optional.empty()
                    : Optional.of("the policy of " + namespace + " is at etag " + policy.epoch() + ", not " + etag
                            + ": somebody has changed it. Look at it again");
        }
    }

    /**
     * How to begin a move.
     *
     * @param mayLag whether changes are acknowledged before the target has them, in the phases in which nothing is read there
     * @param isIntoExisting whether the target may hold something of the namespace already, as one that was moved to before does
     */
    public record Start(String target, boolean mayLag, boolean isIntoExisting) {}

    /** Begins a move. */
    public Future<Status> start(Order order, Start start) {
        String namespace = order.namespace();
        return policies.refresh(namespace)
                .compose(policy -> open(namespace).compose(open -> {
                    Optional<String> why = order.whyNotOf(policy);
                    if (why.isPresent()) {
                        return refused(why.get());
                    }
                    if (open.isPresent()) {
                        return refused(namespace + " is on its way to "
                                + open.get().migration().target() + " already: complete that move or abort it first");
                    } else if (!stores.names().contains(start.target())) {
                        return refused("there is no store " + start.target() + ": this sidecar has "
                                + String.join(", ", stores.names()));
                    }
                    return isEmpty(namespace, start.target()).compose(isEmpty -> {
                        if (!isEmpty && !start.isIntoExisting()) {
                            return refused(start.target() + " holds something of " + namespace
                                    + " already: empty it, or say that what is there may be overwritten");
                        } else if (order.isDryRun()) {
                            return Future.succeededFuture(
                                    new Status(draft(order, start, policy), policy, false, List.of()));
                        }
                        return records.create(draft(order, start, policy), soon())
                                .compose(kept -> begin(start, policy, kept));
                    });
                }));
    }

    private Migration draft(Order order, Start start, Policy policy) {
        Event event = event(order.who(), "SINGLE -> DUAL_WRITE", "from epoch " + policy.epoch());
        return Migration.begun(order.namespace(), policy.authority(), start.target(), event);
    }

    private Future<Status> begin(Start start, Policy policy, Kept kept) {
        return steps.start(kept.migration().namespace(), policy, start.target(), start.mayLag(), STEP_MAX)
                .recover(failure ->
                        records.end(kept, TaskState.CANCELED, soon()).transform(ended -> Future.failedFuture(failure)))
                .compose(begun -> status(kept, begun));
    }

    private Future<Boolean> isEmpty(String namespace, String target) {
        return stores.get(target)
                .query(new TaskQuery.Scan(namespace, null, 1), soon())
                .map(page -> page.records().isEmpty());
    }

    /** The namespace's move that is not over, or else its newest. */
    public Future<Status> status(String namespace) {
        return records.all(namespace, true, soon())
                .compose(all -> all.isEmpty()
                        ? refused(namespace + " was never moved")
                        : policies.refresh(namespace)
                                .compose(policy -> status(
                                        all.stream()
                                                .filter(kept -> !kept.isOver())
                                                .findFirst()
                                                .orElse(all.get(0)),
                                        policy)));
    }

    /** All moves, newest first. */
    public Future<List<Migration>> all(boolean isOver) {
        return records.all(null, isOver, soon())
                .map(found -> found.stream().map(Kept::migration).toList());
    }

    private Future<Status> status(Kept kept, Policy policy) {
        return kept.isOver()
                ? Future.succeededFuture(new Status(kept.migration(), policy, true, List.of()))
                : new Preflight(stores, kept.migration(), policy, clock.millis())
                        .obstacles(soon())
                        .map(obstacles -> new Status(kept.migration(), policy, false, List.copyOf(obstacles)));
    }

    /**
     * Takes the next step forwards, if nothing stands in its way.
     *
     * @param readPercent the share of reads that go to the target, where the step leads to {@link Phase#READ_SWITCHED}; 100 where nobody says
     * @param stop how long writes may stand still, where they are switched
     */
    public Future<Status> advance(Order order, int readPercent, Duration stop) {
        return withOpen(order, (kept, status) -> {
            Policy policy = status.policy();
            if (order.isDryRun()) {
                return Future.succeededFuture(status);
            } else if (!status.obstacles().isEmpty()) {
                return refused("not yet: " + String.join("; ", status.obstacles()));
            }
            return switch (policy.phase()) {
                case SINGLE ->
                    refused(order.namespace() + " is in " + policy.source() + ": there is nothing to advance");
                case DUAL_WRITE ->
                    taken(
                            kept,
                            policy,
                            order.who(),
                            steps.move(order.namespace(), policy, Phase.READ_NEWEST, 0, STEP_MAX));
                case READ_NEWEST ->
                    taken(
                            kept,
                            policy,
                            order.who(),
                            steps.move(order.namespace(), policy, Phase.READ_SWITCHED, readPercent, STEP_MAX));
                case READ_SWITCHED ->
                    policy.readsAllOnMirror()
                            ? taken(kept, policy, order.who(), steps.switchWrites(order.namespace(), policy, stop))
                            : taken(
                                    kept,
                                    policy,
                                    order.who(),
                                    steps.move(order.namespace(), policy, Phase.READ_SWITCHED, readPercent, STEP_MAX));
                case WRITE_SWITCHED ->
                    refused("the next step is the last one, behind which there is no way back: complete says it");
            };
        });
    }

    /** Takes one step back. From {@link Phase#DUAL_WRITE} the way back is {@link #abort}. */
    public Future<Status> rollBack(Order order, Duration stop) {
        return withOpen(order, (kept, status) -> {
            Policy policy = status.policy();
            if (order.isDryRun()) {
                return Future.succeededFuture(status);
            }
            return switch (policy.phase()) {
                case WRITE_SWITCHED ->
                    taken(kept, policy, order.who(), steps.switchWrites(order.namespace(), policy, stop));
                case READ_SWITCHED ->
                    taken(
                            kept,
                            policy,
                            order.who(),
                            steps.move(order.namespace(), policy, Phase.READ_NEWEST, 0, STEP_MAX));
                case READ_NEWEST ->
                    taken(
                            kept,
                            policy,
                            order.who(),
                            steps.move(order.namespace(), policy, Phase.DUAL_WRITE, 0, STEP_MAX));
                case DUAL_WRITE, SINGLE -> refused("there is no step back from here: abort ends the move");
            };
        });
    }

    /** Ends the move where it was going. The source keeps what it has, and is no longer told of anything. */
    public Future<Status> complete(Order order) {
        return end(order, Phase.WRITE_SWITCHED, TaskState.SUCCEEDED);
    }

    /** Ends the move where it began. The target keeps what it has, and is no longer told of anything. */
    public Future<Status> abort(Order order) {
        return end(order, Phase.DUAL_WRITE, TaskState.CANCELED);
    }

    private Future<Status> end(Order order, Phase from, TaskState as) {
        return withOpen(order, (kept, status) -> {
            Policy policy = status.policy();
            if (policy.phase() != from) {
                return refused("the move of " + order.namespace() + " is in " + policy.phase()
                        + ", and can be ended so in " + from + ": take it there first");
            } else if (order.isDryRun()) {
                return Future.succeededFuture(status);
            }
            return steps.move(order.namespace(), policy, Phase.SINGLE, 0, STEP_MAX)
                    .compose(now -> note(kept, order.who(), policy, now))
                    .compose(noted -> records.end(noted, as, soon()))
                    .compose(ended -> status(order.namespace()));
        });
    }

    /** Copies and compares no further until it is resumed. Changes go on following to the target. */
    public Future<Status> pause(Order order) {
        return change(order, migration -> migration.withPaused(true).with(event(order.who(), "paused", "")));
    }

    public Future<Status> resume(Order order) {
        return change(order, migration -> migration.withPaused(false).with(event(order.who(), "resumed", "")));
    }

    /** Has both stores compared, from the beginning. */
    public Future<Status> verify(Order order) {
        return change(
                order,
                migration -> migration
                        .withVerified(new Comparison(Walk.NOT_BEGUN, 0, 0, List.of()))
                        .with(event(order.who(), "verify", "")));
    }

    /** Mends the differences that were found, as far as they are named, and has both stores compared again. */
    public Future<Status> repair(Order order) {
        return withOpen(order, (kept, status) -> {
            Comparison verified = kept.migration().verified();
            if (verified == null || !verified.walk().isOver()) {
                return refused("there is no comparison that has ended: verify first");
            }
            return repair(new Verify(stores, policies, order.namespace()), new ArrayList<>(verified.differences()))
                    .compose(done -> change(
                            order,
                            migration -> migration
                                    .withVerified(new Comparison(Walk.NOT_BEGUN, 0, 0, List.of()))
                                    .with(event(order.who(), "repair", verified.differing() + " differences"))));
        });
    }

    private Future<Void> repair(Verify verify, List<Difference> left) {
        return left.isEmpty()
                ? Future.succeededFuture()
                : verify.repair(left.remove(0), soon()).compose(done -> repair(verify, left));
    }

    private interface Action {
        Future<Status> on(Kept kept, Status status);
    }

    private Future<Status> withOpen(Order order, Action action) {
        String namespace = order.namespace();
        return steps.recover(namespace)
                .compose(policy -> open(namespace)
                        .compose(open -> open.isEmpty()
                                ? refused(namespace + " is not being moved")
                                : order.whyNotOf(policy)
                                        .map(Migrations::<Status>refused)
                                        .orElseGet(() -> status(open.get(), policy)
                                                .compose(status -> action.on(open.get(), status)))));
    }

    private Future<Status> change(Order order, UnaryOperator<Migration> change) {
        return withOpen(
                order,
                (kept, status) ->
                        records.change(kept, change, soon()).compose(changed -> status(changed, status.policy())));
    }

    /** Keeps that a step was taken. If that fails, it was taken nevertheless. */
    private Future<Status> taken(Kept kept, Policy from, String who, Future<Policy> step) {
        return step.compose(now -> note(kept, who, from, now).compose(noted -> status(noted, now)));
    }

    private Future<Kept> note(Kept kept, String who, Policy from, Policy to) {
        Comparison verified = kept.migration().verified();
        String evidence = "epoch " + from.epoch() + " -> " + to.epoch()
                + (verified == null
                        ? ""
                        : "; " + verified.walk().done() + " records compared, " + verified.differing() + " differed");
        return records.change(
                kept, migration -> migration.with(event(who, shown(from) + " -> " + shown(to), evidence)), soon());
    }

    private static String shown(Policy policy) {
        return policy.phase() + (policy.readPercent() > 0 ? " " + policy.readPercent() + " %" : "");
    }

    private Event event(String who, String what, String evidence) {
        return new Event(clock.millis(), who, what, evidence);
    }

    private Future<Optional<Kept>> open(String namespace) {
        return records.open(namespace, soon());
    }

    private CallOptions soon() {
        return new CallOptions(host.nanoTime() + STEP_MAX.toNanos(), Consistency.LINEARIZABLE);
    }

    private static <T> Future<T> refused(String why) {
        return Future.failedFuture(new StepRefused(why));
    }
}
