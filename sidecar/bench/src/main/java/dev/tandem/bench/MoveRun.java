package dev.tandem.bench;

import dev.tandem.bench.Moved.Leg;
import dev.tandem.bench.Moved.Stretch;
import dev.tandem.bench.Moved.Walk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Moves one namespace from store to store while calls go on, and compares at the end what callers were told with what is there.
 *
 * <p>Runs on a thread of its own, which must not be an event loop.
 */
final class MoveRun {
    /**
     * How to do it.
     *
     * @param tasks that there are before the first move
     * @param rate calls a second
     * @param switches of writes in each move, there and back again; one more if it would end in the wrong store
     * @param settle how long calls go on before anything is measured, at least
     * @param rest how long they are measured before each move
     * @param hold how long each phase lasts
     * @param comesBack whether it is moved back afterwards
     */
    record Plan(
            String namespace,
            int tasks,
            int payloadBytes,
            double rate,
            long seed,
            int switches,
            Duration settle,
            Duration rest,
            Duration hold,
            boolean comesBack) {
        /** The same in another namespace. */
        Plan in(String another) {
            return new Plan(another, tasks, payloadBytes, rate, seed, switches, settle, rest, hold, comesBack);
        }
    }

    private static final Duration POLL = Duration.ofMillis(250);
    private static final Duration CALL_MAX = Duration.ofSeconds(30);
    private static final Duration LOAD_MAX = Duration.ofHours(6);
    /** What a machine that is too slow for the rate is not driven beyond: then calls wait for their turn, and are late rather than lost. */
    private static final int IN_FLIGHT_MAX = 128;

    private static final int FILL_IN_FLIGHT = 4;
    private static final Duration FILL_MAX = Duration.ofMinutes(30);

    /** A move whose copying or comparing takes longer does not come to its end. */
    private static final Duration WALK_MAX = Duration.ofMinutes(30);

    /** How long a step is tried that is refused. */
    private static final Duration REFUSED_MAX = Duration.ofSeconds(30);

    /** Below this median the calls are taken for settled; and how many times as long as planned that may take. */
    private static final long SETTLED_NANOS = 50_000_000;

    private static final int SETTLE_TIMES_MAX = 4;

    /** How long a sidecar may not tell how far a move is. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(30);

    private static final Duration REFUSED_PAUSE = Duration.ofMillis(500);

    /** How long calls are kept one by one before and after a switch. */
    private static final Duration AROUND_SWITCH = Duration.ofMillis(400);

    private final Stage stage;
    private final MovePlace place;
    private final Plan plan;
    private final MoveListener listener;
    private final Operator operator;
    private final Context loop;
    private final Ledger ledger;
    private final LoadMeter meter = new LoadMeter();
    private final MixedLoad load;
    private Operator.@Nullable Status move;
    private int refusals;

    /** @param who as which the steps are taken */
    MoveRun(Stage stage, MovePlace place, Plan plan, String who, MoveListener listener) {
        this.stage = stage;
        this.place = place;
        this.plan = plan;
        this.listener = listener;
        this.operator =
                new Operator(stage.vertx(), place.sidecars().get(0).adminPort(), place.token(), plan.namespace(), who);
        this.loop = stage.vertx().getOrCreateContext();
        this.ledger = new Ledger(plan.payloadBytes());
        this.load = new MixedLoad(plan.namespace(), place.clients(), ledger, plan.seed(), meter::ended);
    }

    /** What it comes to, also if it breaks off. */
    Moved run(MoveStore from, MoveStore to) {
        long begun = System.nanoTime();
        fill();
        AtomicBoolean isOver = new AtomicBoolean();
        Future<Sample> calls =
                stage.load().open(due -> isOver.get() ? null : load.next(due), plan.rate(), LOAD_MAX, IN_FLIGHT_MAX);
        List<Leg> legs = new ArrayList<>();
        String brokeOff = null;
        try {
            settle();
            legs.add(leg(from, to, false));
            if (plan.comesBack()) {
                legs.add(leg(to, from, true));
            }
        } catch (BenchException | Admin.Refusal e) {
            if (stage.closings().isClosedForGood()) {
                throw e; // somebody ends this: there is nothing left to compare
            }
            brokeOff = String.valueOf(e.getMessage());
        }
        isOver.set(true);
        LoadGenerator.await(calls, Duration.ZERO);
        LedgerCheck.Found found = null;
        try {
            List<String> known = on(ledger::ids);
            listener.checking(known.size());
            found = new LedgerCheck(ledger, plan.namespace(), place.clients()).run();
        } catch (BenchException e) {
            brokeOff = brokeOff == null ? e.getMessage() : brokeOff;
        }
        return on(this::ended).with(legs, found, brokeOff, System.nanoTime() - begun);
    }

    /** What the load has to tell. */
    private record Ended(
            long calls,
            long failed,
            long contradicted,
            @Nullable String first) {
        Moved with(List<Leg> legs, LedgerCheck.@Nullable Found found, @Nullable String brokeOff, long tookNanos) {
            return new Moved(legs, calls, failed, contradicted, first, found, brokeOff, tookNanos);
        }
    }

    private Ended ended() {
        String failure = load.firstFailure();
        return new Ended(
                meter.calls(),
                load.failed(),
                load.contradicted(),
                failure == null ? load.firstContradiction() : failure);
    }

    private void fill() {
        stage.progress().step(String.format(Locale.ROOT, "creating %,d tasks", plan.tasks()));
        long begun = System.nanoTime();
        Sample filled = LoadGenerator.await(
                stage.load().closed(() -> load.fill(plan.tasks()), FILL_IN_FLIGHT, FILL_MAX), FILL_MAX);
        if (filled.errors() > 0) {
            throw new BenchException("the tasks to begin with can't be created: " + filled.firstError());
        }
        listener.filled(plan.tasks(), System.nanoTime() - begun);
    }

    private Leg leg(MoveStore from, MoveStore to, boolean isIntoExisting) {
        Map<Stretch, Sample> samples = new EnumMap<>(Stretch.class);
        String there = to.label();
        int refusedBefore = refusals;
        move = null;
        on(meter::stretch);
        hold(plan.rest());
        samples.put(Stretch.REST, on(meter::stretch));

        Operator.Status copied = copy(from, to, isIntoExisting);
        samples.put(Stretch.COPYING, on(meter::stretch));
        Walk copy = new Walk(Math.max(copied.copied(), copied.copyTotal()), nanos(copied.copyMillis()));
        listener.copied(copy);

        Operator.Status compared = compare(from, to);
        samples.put(Stretch.COMPARING, on(meter::stretch));
        Walk comparison = new Walk(compared.compared(), nanos(compared.compareMillis()));
        listener.compared(comparison, compared.inFlight(), compared.differing());
        if (compared.differing() > 0) {
            throw new BenchException(compared.differing() + " records differ in " + from.label() + " and " + there);
        }

        advance("reads ask both stores, and no answer shows what " + there + " does not have yet");
        samples.put(Stretch.READ_NEWEST, held());
        advance("reads go to " + there + "; " + from.label() + " still decides");
        samples.put(Stretch.READ_SWITCHED, held());
        List<WriteStop> stops = switchWrites(from, to);
        samples.put(Stretch.WRITE_SWITCHED, held());
        step("complete", "--yes", "the namespace is in " + there + ", and nowhere else", new JsonObject());
        Leg leg = new Leg(from, to, samples, copy, comparison, compared.inFlight(), stops, refusals - refusedBefore);
        listener.moved(leg);
        return leg;
    }

    private Operator.Status copy(MoveStore from, MoveStore to, boolean isIntoExisting) {
        step(
                "start",
                "--to " + to.label() + (isIntoExisting ? " --into-existing" : ""),
                "changes follow to " + to.label() + " from now on, and what " + from.label() + " has is copied",
                new JsonObject().put("target", to.label()).put("into_existing", isIntoExisting));
        return await(Operator.Status::isCopied, "the end of the copying");
    }

    private Operator.Status compare(MoveStore from, MoveStore to) {
        step("verify", "", from.label() + " and " + to.label() + " are compared, record by record", new JsonObject());
        return await(Operator.Status::isCompared, "the end of the comparison");
    }

    private Operator.Status advance(String meaning) {
        return step("advance", "", meaning, new JsonObject());
    }

    private List<WriteStop> switchWrites(MoveStore from, MoveStore to) {
        List<WriteStop> stops = new ArrayList<>();
        boolean isThere = false;
        while (stops.size() < plan.switches() || !isThere) {
            MoveStore before = isThere ? to : from;
            MoveStore after = isThere ? from : to;
            on(() -> {
                meter.keep();
                return true;
            });
            Waiting.pause(AROUND_SWITCH);
            long begun = System.nanoTime();
            step(
                    isThere ? "rollback" : "advance",
                    "",
                    "writes are switched: " + after.label() + " decides from now on",
                    new JsonObject());
            long ended = System.nanoTime();
            Waiting.pause(AROUND_SWITCH);
            WriteStop stop = WriteStop.of(before, after, on(meter::kept), begun, ended);
            stops.add(stop);
            listener.switched(stop);
            isThere = !isThere;
        }
        return stops;
    }

    /** Takes a step, again and again while it is refused. */
    private Operator.Status step(String verb, String flags, String meaning, JsonObject more) {
        String command = "tandem migrate " + verb + " " + plan.namespace() + (flags.isEmpty() ? "" : " " + flags);
        listener.step(command, meaning);
        long begun = System.nanoTime();
        while (true) {
            try {
                Operator.Status now = operator.step(verb, more);
                move = now;
                return now;
            } catch (Admin.Refusal e) {
                if (System.nanoTime() - begun > REFUSED_MAX.toNanos()) {
                    throw new BenchException("`" + command + "` is refused: " + e.getMessage(), e);
                }
                refusals++;
                listener.refused(String.valueOf(e.getMessage()));
            }
            Waiting.pause(REFUSED_PAUSE);
        }
    }

    private Operator.Status await(Predicate<Operator.Status> until, String what) {
        long begun = System.nanoTime();
        long answeredNanos = begun;
        while (true) {
            try {
                Operator.Status now = operator.status();
                answeredNanos = System.nanoTime();
                move = now;
                if (until.test(now)) {
                    return now;
                }
            } catch (BenchException e) {
                // A look that is not answered changes nothing.
                if (System.nanoTime() - answeredNanos > SILENCE_MAX.toNanos()) {
                    throw e;
                }
            }
            if (System.nanoTime() - begun > WALK_MAX.toNanos()) {
                throw new BenchException(what + " did not come within " + WALK_MAX.toMinutes() + " minutes");
            }
            moment();
            Waiting.pause(POLL);
        }
    }

    /** What is measured while the phase lasts. */
    private Sample held() {
        on(meter::stretch);
        hold(plan.hold());
        return on(meter::stretch);
    }

    private void hold(Duration time) {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < time.toNanos()) {
            moment();
            Waiting.pause(POLL);
        }
    }

    /** Until what has begun cold is warm, and what was late is made up for. */
    private void settle() {
        long begun = System.nanoTime();
        hold(plan.settle());
        while (moment().recent().p50Nanos() > SETTLED_NANOS
                && System.nanoTime() - begun
                        < plan.settle().multipliedBy(SETTLE_TIMES_MAX).toNanos()) {
            hold(POLL);
        }
    }

    private MoveListener.Moment moment() {
        Operator.Status now = move;
        MoveListener.Moment moment =
                on(() -> new MoveListener.Moment(meter.moment(), meter.calls(), load.failed(), now));
        listener.moment(moment);
        return moment;
    }

    /** Asks on the event loop that the load belongs to. */
    private <T> T on(Supplier<T> question) {
        Promise<T> answer = Promise.promise();
        loop.runOnContext(ask -> answer.complete(question.get()));
        return Waiting.on(answer.future(), CALL_MAX, "the load's event loop");
    }

    private static long nanos(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }
}
