package dev.tandem.store.redis;

import dev.tandem.store.StoreException;
import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import dev.tandem.task.LeaderLease;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskRules;
import dev.tandem.task.Verb;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the command scripts answer: { kind, the counter of versions, the version written or 0, .. }. */
final class Replies {
    private static final int APPLIED = 1;
    private static final int UNCHANGED = 2;
    private static final int DELETED = 3;
    private static final int CLAIMED = 4;
    private static final int SWEPT = 5;
    private static final int GRANTED = 6;
    private static final int REJECTED = 7;
    private static final int CORRUPT = 8;
    /** Not of this shape: { kind, missing version, found version, time }. */
    static final int LOST_WRITES = 9;
    /** { kind, layout }. */
    static final int NEWER_LAYOUT = 10;

    static final int FOREIGN_KEYS = 11;
    private static final int CREATED = 12;
    private static final int MIRRORED = 13;
    /** { kind, epoch, the gate's code }. */
    static final int FENCED = 14;
    /** { kind }: there is an outbox, and it was not named among the keys. */
    private static final int OUTBOX_MISSING = 15;

    static final int GATED = 16;
    private static final int ACKNOWLEDGED = 17;
    /** { kind, the namespace's era, the answer }. */
    static final int OTHER_ERA = 100;

    private Replies() {}

    static boolean isOutboxMissing(Response reply) {
        return reply.get(0).toInteger() == OUTBOX_MISSING;
    }

    /** A query's reply, if the gate let it in: { 'FENCED', epoch, code } otherwise, where others begin with a number. */
    static Response unlessFenced(Response reply) {
        if (reply.get(0).type() == ResponseType.BULK) {
            throw StoreException.fenced(gate(reply, 1, Bytes.EMPTY));
        }
        return reply;
    }

    /** The gate whose epoch and code stand there. */
    static Gate gate(Response reply, int place, Bytes policy) {
        return Gate.ofCode(reply.get(place).toLong(), reply.get(place + 1).toInteger(), policy);
    }

    /** @throws dev.tandem.store.StoreException CORRUPT if the command's record can't be read */
    static Outcome outcome(TaskCommand command, int kind, Response reply, StoreObserver observer) {
        String namespace = command.namespace();
        Verb verb = command.verb();
        return switch (kind) {
            case CREATED ->
                // The server says only what it added; the record is what the rules make of it here.
                TaskRules.apply(
                        namespace,
                        null,
                        verb,
                        reply.get(3).toLong(),
                        reply.get(2).toLong());
            case APPLIED -> new Outcome.Applied(task(namespace, idOf(verb), reply.get(3)));
            case UNCHANGED -> {
                String id = reply.size() > 4 ? reply.get(4).toString() : idOf(verb);
                yield new Outcome.Unchanged(task(namespace, id, reply.get(3)));
            }
            case DELETED ->
                new Outcome.Deleted(reply.get(4).toString(), reply.get(3).toLong());
            case CLAIMED -> claimed(namespace, reply, observer);
            case SWEPT -> {
                setAside(namespace, reply.get(6), observer);
                yield new Outcome.Swept(
                        reply.get(3).toLong(),
                        reply.get(4).toLong(),
                        reply.get(5).toInteger() == 1);
            }
            case GRANTED -> new Outcome.Granted(lease(namespace, scopeOf(verb), reply.get(3)));
            case MIRRORED -> new Outcome.Mirrored(reply.get(3).toLong());
            case GATED ->
                new Outcome.Gated(
                        gate(reply, 4, Bytes.of(reply.get(6).toBytes())),
                        reply.get(3).toInteger() == 1);
            case ACKNOWLEDGED -> new Outcome.Acknowledged(reply.get(3).toLong());
            case REJECTED -> rejected(namespace, verb, reply);
            case CORRUPT -> throw Failures.corrupt(nameOf(verb), new CodecException("Tandem did not write it"));
            default -> throw Failures.foreignKeys(namespace);
        };
    }

    private static Outcome claimed(String namespace, Response reply, StoreObserver observer) {
        setAside(namespace, reply.get(4), observer);
        List<Task> tasks = new ArrayList<>((reply.size() - 5) / 2);
        for (int i = 5; i + 1 < reply.size(); i += 2) {
            tasks.add(task(namespace, reply.get(i).toString(), reply.get(i + 1)));
        }
        long nextDue = reply.get(3).toLong();
        return new Outcome.Claimed(List.copyOf(tasks), nextDue < 0 ? Long.MAX_VALUE : nextDue);
    }

    private static Outcome rejected(String namespace, Verb verb, Response reply) {
        Response task = reply.get(5);
        Response lease = reply.get(6);
        return new Outcome.Rejected(
                Outcome.Reason.ofCode(reply.get(3).toInteger()),
                reply.get(4).toString(),
                task == null ? null : task(namespace, idOf(verb), task),
                lease == null ? null : lease(namespace, scopeOf(verb), lease));
    }

    private static void setAside(String namespace, @Nullable Response ids, StoreObserver observer) {
        for (int i = 0; ids != null && i < ids.size(); i++) {
            observer.setAside(namespace, ids.get(i).toString());
        }
    }

    private static Task task(String namespace, String id, Response raw) {
        try {
            Task task = Records.task(namespace, id, raw.toBytes());
            if (task == null) {
                throw new CodecException("there is a tombstone in its place");
            }
            return task;
        } catch (CodecException e) {
            throw Failures.corrupt("task " + id, e);
        }
    }

    private static LeaderLease lease(String namespace, String scope, Response raw) {
        try {
            return Records.lease(namespace, scope, raw.toBytes());
        } catch (CodecException e) {
            throw Failures.corrupt("lease " + scope, e);
        }
    }

    private static String idOf(Verb verb) {
        return verb instanceof Verb.OnTask onTask ? onTask.taskId() : "";
    }

    private static String scopeOf(Verb verb) {
        return verb instanceof Verb.OnLease onLease ? onLease.scope() : "";
    }

    private static String nameOf(Verb verb) {
        if (verb instanceof Verb.Mirror) {
            return "one of the records that are to be replaced";
        }
        return verb instanceof Verb.OnLease ? "lease " + scopeOf(verb) : "task " + idOf(verb);
    }
}
