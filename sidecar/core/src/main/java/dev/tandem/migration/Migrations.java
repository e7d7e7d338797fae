package dev.tandem.migration;

import dev.tandem.migration.Migration.Comparison;
import dev.tandem.migration.Migration.Event;
import dev.tandem.migration.MigrationRecords.Kept;
import dev.tandem.routing.Host;
import dev.tandem.routing.Phase;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators do to moves; any sidecar may be asked. The {@link Coordinator} does the work in between.
 *
 * <p>What can't be done fails as {@link StepRefused} with a sentence that says why and what to do instead, and has changed nothing. Every step that is taken is
 * kept in the move's record, with who took it and on which evidence. May be called from any context.
 */
public final class Migrations {
    /** How long writes may stand still where nobody says. */
    public static final Duration STOP_MAX = Duration.ofSeconds(2);

    /** How long a step that does not hold writes up may take. */
    private static final Duration STEP_MAX = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(Migrations.class);

    private final Stores stores;
    private final Policies policies;
    private final Host host;
    private final InstantSource clock;
    private final Census census;
    private final MigrationRecords records;
    private final Moves moves;
    private final PolicySteps steps;

    /** Who asks nobody which stores the fleet's sidecars have. */
    public Migrations(Stores stores, Policies policies, Host host, InstantSource clock) {
        this(stores, policies, host, clock, Census.NONE);
    }

    public Migrations(Stores stores, Policies policies, Host host, InstantSource clock, Census census) {
        this.stores = stores;
        this.policies = policies;
        this.host = host;
        this.clock = clock;
        this.census = census;
        this.records = new MigrationRecords(stores, clock);
        this.moves = new Moves(records, clock);
        this.steps = new PolicySteps(stores, policies, host);
    }

    /** Knows which sidecars a step would cut off from their namespace. */
    @FunctionalInterface
    public interface Census {
        Census NONE = store -> Future.succeededFuture(List.of());

        /** The sidecars that are alive and have not got this store, as operators call them. */
        Future<List<String>> sidecarsWithout(String store);
    }

    /**
     * A move as it stands.
     *
     * @param obstacles what stands in the way of the next step forwards, or of the one that a dry run is of, a sentence each
     * @param step of a dry run, what would be done; else null
     * @param atMillis when it was looked at
     */
    public record Status(
            Migration migration,
            Policy policy,
            boolean isOver,
            List<String> obstacles,
            @Nullable String step,
            long atMillis) {
        /** As admin pages show it. */
        public JsonObject toJson() {
            return StatusJson.of(this);
        }
    }

    /** A namespace's policy as admin pages show it. */
    public static JsonObject routeJson(String namespace, Policy policy) {
        return StatusJson.route(namespace, policy);
    }

    /**
     * Who wants a step, and of what.
     *
     * @param who the operator, for the record
     * @param etag the epoch of the policy that the operator has seen: with another one the step is refused; null for any
     * @param isDryRun nothing is done: the answer says what would be, and all that stands in the way
     */
    public record Order(
            String namespace, String who, @Nullable Long etag, boolean isDryRun) {
        private List<String> whyNotOf(Policy policy) {
            return etag == null || etag == policy.epoch()
                    ? List.of()
                    : List.of("the policy of " + namespace + " is at etag " + policy.epoch() + ", not " + etag
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

    /**
     * How a namespace is to be routed: the phase it is in or one next to that.
     *
     * @param target the store that the move leads to; with {@link Phase#SINGLE} the one that is to have all. May be null where it can only be one
     * @param readPercent of {@link Phase#READ_SWITCHED}; 0 for all where that is new, else for the share as it is
     * @param mayLag see {@link Start#mayLag}; null for as it is
     * @param isForced whether to go on in spite of obstacles, which are kept in the record then. Nothing makes callers read in the target what is
     *     not copied
     */
    public record Setting(
            Phase phase,
            @Nullable String target,
            int readPercent,
            @Nullable Boolean mayLag,
            boolean isForced) {}

    /** Begins a move. */
    public Future<Status> start(Order order, Start start) {
        return start(order, start, false);
    }

    private Future<Status> start(Order order, Start start, boolean isForced) {
        String namespace = order.namespace();
        return policies.refresh(namespace)
                .compose(policy -> new StartPreflight(stores, census, namespace, policy, start, soon())
                        .checks()
                        .compose(checks -> records.open(namespace, soon()).compose(open -> {
                            Checks all = checks.refusing(order.whyNotOf(policy))
                                    .refusing(
                                            open.map(Migrations::alreadyMoving).orElse(List.of()));
                            String step = "SINGLE -> DUAL_WRITE";
                            Event event =
                                    event(order.who(), step, "from epoch " + policy.epoch() + forced(isForced, all));
                            Migration draft = Migration.begun(namespace, policy.authority(), start.target(), event);
                            return decided(
                                    order,
                                    isForced,
                                    all,
                                    () -> new Status(draft, policy, false, all.all(), step, clock.millis()),
                                    () -> records.create(draft, soon()).compose(kept -> begin(start, policy, kept)));
                        })));
    }

    private static List<String> alreadyMoving(Kept open) {
        Migration move = open.migration();
        return List.of("the move of " + move.namespace() + " to " + move.target() + " is not over yet: complete it or"
                + " abort it first");
    }

    private Future<Status> begin(Start start, Policy policy, Kept kept) {
        return steps.start(kept.migration().namespace(), policy, start.target(), start.mayLag(), STEP_MAX)
                .recover(failure -> failure instanceof StepRefused
                        ? records.end(kept, soon()).transform(ended -> Future.failedFuture(failure))
                        // It may have been begun: the coordinator ends the record if it was not.
                        : Future.failedFuture(failure))
                .compose(begun -> status(kept, begun));
    }

    /** The namespace's move that is not over, or else its newest. */
    public Future<Status> status(String namespace) {
        return policies.refresh(namespace)
                .compose(policy -> moves.shown(namespace, policy, soon())
                        .compose(shown -> shown.isEmpty()
                                ? refused(namespace + " was never moved")
                                : status(shown.get(), policy)));
    }

    /** All moves, newest first. */
    public Future<List<Migration>> all(boolean isOver) {
        return records.all(null, isOver, soon())
                .map(found -> found.stream().map(Kept::migration).toList());
    }

    private Future<Status> status(Kept kept, Policy policy) {
        return obstacles(kept, policy)
                .map(obstacles -> new Status(kept.migration(), policy, kept.isOver(), obstacles, null, clock.millis()));
    }

    private Future<List<String>> obstacles(Kept kept, Policy policy) {
        return kept.isOver()
                ? Future.succeededFuture(List.of())
                : new Preflight(stores, census, kept.migration(), policy, clock.millis()).obstacles(soon());
    }

    /**
     * Takes the next step forwards, if nothing stands in its way.
     *
     * @param readPercent the share of reads that go to the target, where the step leads to {@link Phase#READ_SWITCHED}; 100 where nobody says
     * @param stop how long writes may stand still, where they are switched
     */
    public Future<Status> advance(Order order, int readPercent, Duration stop) {
        return step(order, false, stop, planner -> planner.next(readPercent));
    }

    /** Takes one step back. From {@link Phase#DUAL_WRITE} the way back is {@link #abort}. */
    public Future<Status> rollBack(Order order, Duration stop) {
        return step(order, false, stop, StepPlanner::back);
    }

    /** Ends the move where it was going. The source keeps what it has, and is no longer told of anything. */
    public Future<Status> complete(Order order) {
        return step(order, false, STOP_MAX, StepPlanner::complete);
    }

    /** Ends the move where it began. The target keeps what it has, and is no longer told of anything. */
    public Future<Status> abort(Order order) {
        return step(order, false, STOP_MAX, StepPlanner::abort);
    }

    /** Takes the one step that leads to the setting; refused if there is none. */
    public Future<Status> set(Order order, Setting setting) {
        return policies.refresh(order.namespace())
                .compose(policy -> policy.phase() == Phase.SINGLE && setting.phase() == Phase.DUAL_WRITE
                        ? start(order, setting, policy)
                        : step(order, setting.isForced(), STOP_MAX, planner -> planner.to(setting)));
    }

    private Future<Status> start(Order order, Setting setting, Policy policy) {
        List<String> others = stores.names().stream()
                .filter(name -> !name.equals(policy.source()))
                .toList();
        String target = setting.target() != null ? setting.target() : others.size() == 1 ? others.get(0) : null;
        if (target == null) {
            return refused(
                    "say which store " + order.namespace() + " is to move to: there are " + String.join(", ", others));
        }
        boolean mayLag = setting.mayLag() == null || setting.mayLag();
        return start(order, new Start(target, mayLag, false), setting.isForced());
    }

    private Future<Status> step(
            Order order, boolean isForced, Duration stop, Function<StepPlanner, PlannedStep> choose) {
        return withOpen(order, (kept, policy) -> {
            PlannedStep step = choose.apply(new StepPlanner(steps, order.namespace(), policy, STEP_MAX, stop));
            return checks(order, isForced, kept, policy, step)
                    .compose(checks -> decided(
                            order,
                            isForced,
                            checks,
                            () -> new Status(
                                    kept.migration(), policy, false, checks.all(), step.what(), clock.millis()),
                            () -> step.take()
                                    .get()
                                    .compose(now -> taken(order, kept, policy, step, now, forced(isForced, checks)))));
        });
    }

    private Future<Checks> checks(Order order, boolean isForced, Kept kept, Policy policy, PlannedStep step) {
        List<String> refusals = new ArrayList<>(step.refusals());
        if (isForced && step.readsTarget() && !kept.migration().copied().isOver()) {
            refusals.add("that can't be forced, as callers would miss what is not copied: "
                    + Preflight.howFar(kept.migration().copied(), "copied"));
        }
        Future<List<String>> obstacles =
                step.isForwards() ? obstacles(kept, policy) : Future.succeededFuture(List.of());
        return obstacles.map(found -> new Checks(refusals, found).refusing(order.whyNotOf(policy)));
    }

    /** Does it, or tells why not. */
    private static Future<Status> decided(
            Order order, boolean isForced, Checks checks, Supplier<Status> shown, Supplier<Future<Status>> go) {
        if (order.isDryRun()) {
            return Future.succeededFuture(shown.get());
        } else if (!checks.refusals().isEmpty()) {
            return refused(String.join("; ", checks.refusals()));
        }
        return checks.obstacles().isEmpty() || isForced
                ? go.get()
                : refused("not yet: " + String.join("; ", checks.obstacles()));
    }

    private static String forced(boolean isForced, Checks checks) {
        return !isForced || checks.obstacles().isEmpty()
                ? ""
                : "; forced in spite of: " + String.join("; ", checks.obstacles());
    }

    /** Keeps that a step was taken. If that fails, it was taken nevertheless. */
    private Future<Status> taken(Order order, Kept kept, Policy from, PlannedStep step, Policy now, String forced) {
        Comparison verified = kept.migration().verified();
        String evidence = "epoch " + from.epoch() + " -> " + now.epoch()
                + (verified == null
                        ? ""
                        : "; " + verified.walk().done() + " records compared, " + verified.differing() + " differed")
                + forced;
        return records.change(kept, migration -> migration.with(event(order.who(), step.what(), evidence)), soon())
                .recover(failure -> {
                    log.warn(
                            "{} has taken the step {} of {}, which could not be kept in its record: {}",
                            order.who(),
                            step.what(),
                            order.namespace(),
                            failure.getMessage());
                    return Future.succeededFuture(kept);
                })
                .compose(noted -> !step.isLast()
                        ? Future.succeededFuture(noted)
                        // If no store answers, the coordinator does it.
                        : records.end(noted, soon()).otherwise(noted.ended()))
                .compose(last -> status(last, now));
    }

    /** Copies and compares no further until it is resumed. Changes go on following to the target. */
    public Future<Status> pause(Order order) {
        return change(order, "pause", migration -> migration.withPaused(true).with(event(order.who(), "paused", "")));
    }

    public Future<Status> resume(Order order) {
        return change(
                order, "resume", migration -> migration.withPaused(false).with(event(order.who(), "resumed", "")));
    }

    /** Has both stores compared, from the beginning. */
    public Future<Status> verify(Order order) {
        return change(
                order,
                "verify",
                migration -> migration.withVerified(Comparison.NOT_BEGUN).with(event(order.who(), "verify", "")));
    }

    /** Mends the differences that were found, as far as they are named, and has both stores compared again. */
    public Future<Status> repair(Order order) {
        return change(order, "repair", Repairs::whyNot, kept -> {
            Comparison verified = Objects.requireNonNull(kept.migration().verified());
            return new Repairs(new Verify(stores, policies, order.namespace()))
                    .of(verified.differences(), this::soon)
                    .map(evidence -> migration ->
                            migration.withVerified(Comparison.NOT_BEGUN).with(event(order.who(), "repair", evidence)));
        });
    }

    private interface Action {
        Future<Status> on(Kept kept, Policy policy);
    }

    private Future<Status> withOpen(Order order, Action action) {
        String namespace = order.namespace();
        Future<Policy> known = order.isDryRun() ? policies.refresh(namespace) : steps.recover(namespace);
        return known.compose(policy -> moves.open(order, policy, soon()).compose(kept -> action.on(kept, policy)));
    }

    private interface Preparation {
        Future<UnaryOperator<Migration>> of(Kept kept);
    }

    private Future<Status> change(Order order, String what, UnaryOperator<Migration> change) {
        return change(order, what, kept -> List.of(), kept -> Future.succeededFuture(change));
    }

    private Future<Status> change(
            Order order, String what, Function<Migration, List<String>> whyNot, Preparation preparation) {
        return withOpen(order, (kept, policy) -> {
            Checks checks = new Checks(order.whyNotOf(policy), List.of()).refusing(whyNot.apply(kept.migration()));
            return decided(
                    order,
                    false,
                    checks,
                    () -> new Status(kept.migration(), policy, false, checks.all(), what, clock.millis()),
                    () -> preparation
                            .of(kept)
                            .compose(change -> records.change(kept, change, soon()))
                            .compose(changed -> status(changed, policy)));
        });
    }

    private Event event(String who, String what, String evidence) {
        return new Event(clock.millis(), who, what, evidence);
    }

    private CallOptions soon() {
        return new CallOptions(host.nanoTime() + STEP_MAX.toNanos(), Consistency.LINEARIZABLE);
    }

    private static <T> Future<T> refused(String why) {
        return Future.failedFuture(new StepRefused(why));
    }
}
