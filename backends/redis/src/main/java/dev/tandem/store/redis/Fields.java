package dev.tandem.store.redis;

import dev.tandem.store.CallOptions;
import dev.tandem.store.StoreException;
import dev.tandem.task.Bytes;
import dev.tandem.task.CodecException;
import dev.tandem.task.Gate;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import org.jspecify.annotations.Nullable;

/** Reads single fields of a namespace's hash, each in one command; a query by one policy, at its gate alone. */
final class Fields {
    static final byte[] META = {'m'};
    private static final byte[] POLICY = {'p'};

    private final RedisTaskStore store;

    Fields(RedisTaskStore store) {
        this.store = store;
    }

    /** One field; of a query by one policy, if the gate in the same view is of that. */
    Future<@Nullable Response> one(Space space, byte[] field, CallOptions options) {
        if (options.epoch() == CallOptions.ANY_EPOCH) {
            return read(space, Request.cmd(Command.HGET).arg(space.records).arg(field), options);
        }
        return gated(space, field, options).map(both -> both.get(0));
    }

    private Future<@Nullable Response> read(Space space, Request request, CallOptions options) {
        return store.link()
                .send(space.namespace, request, options, false)
                .recover(e -> Future.failedFuture(
                        e instanceof ErrorType error ? Failures.ofReply(space.namespace, error) : e));
    }

    /** One field, and that of the gate, which has let the query in. */
    private Future<Response> gated(Space space, byte[] field, CallOptions options) {
        Request get = Request.cmd(Command.HMGET).arg(space.records).arg(field).arg(META);
        return read(space, get, options).map(both -> {
            Gate gate = meta(space, both.get(1)).gate();
            if (options.epoch() != CallOptions.ANY_EPOCH && options.epoch() != gate.epoch()) {
                throw StoreException.fenced(gate);
            }
            return both;
        });
    }

    /** The namespace's gate, with its policy. */
    Future<Gate> gate(Space space, CallOptions options) {
        return gated(space, POLICY, options).map(both -> {
            Gate gate = meta(space, both.get(1)).gate();
            Response policy = both.get(0);
            return policy == null
                    ? gate
                    : new Gate(gate.epoch(), gate.role(), gate.hasOutbox(), Bytes.of(policy.toBytes()));
        });
    }

    Future<Records.Meta> meta(Space space, CallOptions options) {
        return one(space, META, options).map(raw -> meta(space, raw));
    }

    private static Records.Meta meta(Space space, @Nullable Response raw) {
        try {
            return raw == null ? Records.Meta.NONE : Records.meta(raw.toBytes());
        } catch (CodecException e) {
            throw Failures.foreignKeys(space.namespace);
        }
    }
}
