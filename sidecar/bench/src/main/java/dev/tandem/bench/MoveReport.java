package dev.tandem.bench;

import dev.tandem.bench.Moved.Leg;
import dev.tandem.bench.Moved.Stretch;
import dev.tandem.bench.Moved.Walk;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** A {@link Moved} for programs. */
final class MoveReport {
    private MoveReport() {}

    /** The report of one run. */
    static JsonObject json(Circumstances circumstances, MoveRun.Plan plan, Moved moved) {
        return JsonReport.begin(circumstances).put("plan", plan(plan)).mergeIn(json(moved));
    }

    static JsonObject plan(MoveRun.Plan plan) {
        return new JsonObject()
                .put("tasks", plan.tasks())
                .put("payload_bytes", plan.payloadBytes())
                .put("rate", plan.rate())
                .put("seed", plan.seed())
                .put("switches", plan.switches());
    }

    static JsonObject json(Moved moved) {
        JsonArray moves = new JsonArray();
        moved.legs().forEach(leg -> moves.add(leg(leg)));
        LedgerCheck.Found check = moved.check();
        return new JsonObject()
                .put("is_good", moved.isGood())
                .put("calls", moved.calls())
                .put("failed_calls", moved.failed())
                .put("contradicted_reads", moved.contradicted())
                .put("first_failure", moved.firstFailure())
                .put("lost_writes", check == null ? null : check.lost())
                .put("check", check == null ? null : check(check))
                .put("broke_off", moved.brokeOff())
                .put("moves", moves)
                .put("took_nanos", moved.tookNanos());
    }

    private static JsonObject check(LedgerCheck.Found check) {
        JsonObject faults = new JsonObject();
        check.faults()
                .forEach((fault, count) -> faults.put(
                        fault.name().toLowerCase(Locale.ROOT),
                        new JsonObject()
                                .put("tasks", count)
                                .put(
                                        "examples",
                                        new JsonArray(Objects.requireNonNullElse(
                                                check.examples().get(fault), List.of())))));
        return new JsonObject().put("tasks", check.tasks()).put("faults", faults);
    }

    private static JsonObject leg(Leg leg) {
        JsonObject samples = new JsonObject();
        for (Stretch stretch : Stretch.values()) {
            Sample sample = leg.samples().get(stretch);
            if (sample != null) {
                samples.put(stretch.name().toLowerCase(Locale.ROOT), JsonReport.sample(sample));
            }
        }
        JsonArray switches = new JsonArray();
        leg.stops().forEach(stop -> switches.add(stop(stop)));
        return new JsonObject()
                .put("from", leg.from().label())
                .put("to", leg.to().label())
                .put("copied", walk(leg.copied()))
                .put("compared", walk(leg.compared()).put("in_flight", leg.inFlight()))
                .put("calls", samples)
                .put("switches", switches)
                .put("refusals", leg.refusals());
    }

    private static JsonObject walk(Walk walk) {
        return new JsonObject()
                .put("records", walk.records())
                .put("nanos", walk.nanos())
                .put("per_second", JsonReport.finite(walk.perSecond()));
    }

    private static JsonObject stop(WriteStop stop) {
        JsonArray held = new JsonArray();
        stop.held()
                .forEach(call -> held.add(new JsonObject()
                        .put("call", call.kind().name().toLowerCase(Locale.ROOT))
                        .put("nanos", call.nanos())));
        return new JsonObject()
                .put("from", stop.from().label())
                .put("to", stop.to().label())
                .put("gap_nanos", stop.gapNanos())
                .put("step_nanos", stop.stepNanos())
                .put("held", held);
    }
}
