package dev.tandem.migration;

import dev.tandem.task.RecordKind;
import dev.tandem.task.RecordName;
import dev.tandem.task.ScanPosition;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of one move of a namespace: how far the copying and comparing have come, who did what when, and on which evidence. Which phase
 * it is in says the namespace's policy, not this.
 *
 * @param id the namespace and when it was begun
 * @param revision how often it was changed
 * @param copied how far the backfill has come
 * @param verified how far the newest comparison has come; null before the first
 * @param events oldest first, the newest {@link #EVENTS_MAX} of them
 */
public record Migration(
        String id,
        long revision,
        String namespace,
        String source,
        String target,
        long startedAtMillis,
        boolean isPaused,
        Walk copied,
        @Nullable Comparison verified,
        List<Event> events) {
    /** The most events that are kept. */
    static final int EVENTS_MAX = 200;

    /** The most differences that are kept; more are counted. */
    static final int DIFFERENCES_MAX = 100;

    private static final int FORMAT = 1;

    /**
     * How far a walk over a namespace's records has come.
     *
     * @param next where it goes on; null at its beginning and at its end
     * @param done how many records
     * @param total how many there were about to be, when it began
     * @param endedAtMillis 0 if it has not ended
     */
    public record Walk(@Nullable ScanPosition next, long done, long total, long beganAtMillis, long endedAtMillis) {
        static final Walk NOT_BEGUN = new Walk(null, 0, 0, 0, 0);

        public boolean isOver() {
            return endedAtMillis > 0;
        }

        Walk begun(long total, long atMillis) {
            return new Walk(null, 0, total, atMillis, 0);
        }

        Walk gone(@Nullable ScanPosition to, long more, long atMillis) {
            return new Walk(to, done + more, Math.max(total, done + more), beganAtMillis, to == null ? atMillis : 0);
        }
    }

    /**
     * A comparison of both stores.
     *
     * @param inFlight how many differed at first and were on their way
     * @param differing how many really differ
     * @param differences the first of them
     */
    public record Comparison(Walk walk, long inFlight, long differing, List<Difference> differences) {
        static final Comparison NOT_BEGUN = new Comparison(Walk.NOT_BEGUN, 0, 0, List.of());

        /** Whether it has ended and found nothing. */
        public boolean isClean() {
            return walk.isOver() && differing == 0;
        }

        Comparison begun(long total, long atMillis) {
            return new Comparison(walk.begun(total, atMillis), 0, 0, List.of());
        }

        Comparison gone(Verify.Step step, long atMillis) {
            List<Difference> all = new ArrayList<>(differences);
            step.differences().stream()
                    .limit(Math.max(0, DIFFERENCES_MAX - all.size()))
                    .forEach(all::add);
            return new Comparison(
                    walk.gone(step.next(), step.compared(), atMillis),
                    inFlight + step.inFlight(),
                    differing + step.differences().size(),
                    List.copyOf(all));
        }
    }

    /**
     * Something that was done.
     *
     * @param who the operator, as the caller gave it, or the sidecar
     * @param what the step, such as {@code DUAL_WRITE -> READ_NEWEST}
     * @param evidence on which numbers
     */
    public record Event(long atMillis, String who, String what, String evidence) {}

    static Migration begun(String namespace, String source, String target, Event first) {
        return new Migration(
                namespace + "/" + first.atMillis(),
                0,
                namespace,
                source,
                target,
                first.atMillis(),
                false,
                Walk.NOT_BEGUN,
                null,
                List.of(first));
    }

    /** As it is kept next. */
    Migration revised() {
        return new Migration(
                id, revision + 1, namespace, source, target, startedAtMillis, isPaused, copied, verified, events);
    }

    Migration withPaused(boolean paused) {
        return new Migration(
                id, revision, namespace, source, target, startedAtMillis, paused, copied, verified, events);
    }

    Migration withCopied(Walk walk) {
        return new Migration(
                id, revision, namespace, source, target, startedAtMillis, isPaused, walk, verified, events);
    }

    Migration withVerified(@Nullable Comparison comparison) {
        return new Migration(
                id, revision, namespace, source, target, startedAtMillis, isPaused, copied, comparison, events);
    }

    Migration with(Event event) {
        List<Event> more = new ArrayList<>(events);
        more.add(event);
        List<Event> newest = more.subList(Math.max(0, more.size() - EVENTS_MAX), more.size());
        return new Migration(
                id,
                revision,
                namespace,
                source,
                target,
                startedAtMillis,
                isPaused,
                copied,
                verified,
                List.copyOf(newest));
    }

    /** As it is kept, and shown. */
    public JsonObject toJson() {
        JsonArray happened = new JsonArray();
        events.forEach(event -> happened.add(new JsonObject()
                .put("at", event.atMillis())
                .put("who", event.who())
                .put("what", event.what())
                .put("evidence", event.evidence())));
        return new JsonObject()
                .put("v", FORMAT)
                .put("id", id)
                .put("revision", revision)
                .put("namespace", namespace)
                .put("source", source)
                .put("target", target)
                .put("startedAt", startedAtMillis)
                .put("paused", isPaused)
                .put("copied", toJson(copied))
                .put("verified", verified == null ? null : toJson(verified))
                .put("events", happened);
    }

    private static JsonObject toJson(Walk walk) {
        ScanPosition next = walk.next();
        return new JsonObject()
                .put(
                        "next",
                        next == null
                                ? null
                                : new JsonArray()
                                        .add(next.kind().code())
                                        .add(next.millis())
                                        .add(next.version())
                                        .add(next.name()))
                .put("done", walk.done())
                .put("total", walk.total())
                .put("beganAt", walk.beganAtMillis())
                .put("endedAt", walk.endedAtMillis());
    }

    private static JsonObject toJson(Comparison comparison) {
        JsonArray differences = new JsonArray();
        comparison
                .differences()
                .forEach(difference -> differences.add(new JsonObject()
                        .put("recordKind", difference.name().kind().name())
                        .put("name", difference.name().name())
                        .put("kind", difference.kind().name())
                        .put("authorityVersion", difference.authorityVersion())
                        .put("mirrorVersion", difference.mirrorVersion())));
        return toJson(comparison.walk())
                .put("inFlight", comparison.inFlight())
                .put("differing", comparison.differing())
                .put("differences", differences);
    }

    /** @throws IllegalArgumentException if it is not one, or of a format that this version does not know */
    static Migration of(JsonObject json) {
        if (json.getInteger("v", 0) != FORMAT) {
            throw new IllegalArgumentException("the record of a move is in format " + json.getValue("v")
                    + "; this version reads format " + FORMAT + ": use a newer one");
        }
        List<Event> events = new ArrayList<>();
        for (Object each : json.getJsonArray("events")) {
            JsonObject event = (JsonObject) each;
            events.add(new Event(
                    event.getLong("at"), event.getString("who"), event.getString("what"), event.getString("evidence")));
        }
        JsonObject verified = json.getJsonObject("verified");
        return new Migration(
                json.getString("id"),
                json.getLong("revision"),
                json.getString("namespace"),
                json.getString("source"),
                json.getString("target"),
                json.getLong("startedAt"),
                json.getBoolean("paused"),
                walk(json.getJsonObject("copied")),
                verified == null ? null : comparison(verified),
                List.copyOf(events));
    }

    private static Walk walk(JsonObject json) {
        JsonArray next = json.getJsonArray("next");
        return new Walk(
                next == null
                        ? null
                        : new ScanPosition(
                                RecordKind.ofCode(next.getInteger(0)),
                                next.getLong(1),
                                next.getLong(2),
                                next.getString(3)),
                json.getLong("done"),
                json.getLong("total"),
                json.getLong("beganAt"),
                json.getLong("endedAt"));
    }

    private static Comparison comparison(JsonObject json) {
        List<Difference> differences = new ArrayList<>();
        for (Object each : json.getJsonArray("differences")) {
            JsonObject difference = (JsonObject) each;
            differences.add(new Difference(
                    new RecordName(
                            RecordKind.valueOf(difference.getString("recordKind")), difference.getString("name")),
                    Difference.Kind.valueOf(difference.getString("kind")),
                    difference.getLong("authorityVersion"),
                    difference.getLong("mirrorVersion")));
        }
        return new Comparison(
                walk(json), json.getLong("inFlight"), json.getLong("differing"), List.copyOf(differences));
    }
}
