package dev.tandem.grpc;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A request whose bytes are counted as they arrive, because a thousand messages of which each lacks its end fill the memory
 * as well as whole ones do. Once the server holds as many as it takes, the call is refused, and the rest of it is dropped.
 */
final class CountedRequest extends HttpServerRequestWrapper {
    private final Calls calls;
    private @Nullable Call call;
    private int bytes;
    private boolean isOver;

    CountedRequest(Calls calls, HttpServerRequest request) {
        super((HttpServerRequestInternal) request);
        this.calls = calls;
    }

    /** Whose request it is. */
    void belongsTo(Call owner) {
        call = owner;
    }

    @Override
    public HttpServerRequest handler(@Nullable Handler<Buffer> handler) {
        return super.handler(handler == null ? null : arrived -> onBytes(arrived, handler));
    }

    private void onBytes(Buffer arrived, Handler<Buffer> handler) {
        Call owner = call;
        if (owner != null && owner.hasEnded()) {
            return;
        }
        bytes += arrived.length();
        if (calls.hold(arrived.length(), bytes) || owner == null) {
            handler.handle(arrived);
        } else {
            owner.refuse(calls.tooManyBytes());
        }
    }

    @Override
    public HttpServerRequest endHandler(@Nullable Handler<Void> handler) {
        return super.endHandler(end -> {
            over();
            if (handler != null) {
                handler.handle(null);
            }
        });
    }

    @Override
    public HttpServerRequest exceptionHandler(@Nullable Handler<Throwable> handler) {
        return super.exceptionHandler(failure -> {
            over();
            if (handler != null) {
                handler.handle(failure);
            }
        });
    }

    /**
     * Nothing more will come. What came is the call's until that ends; a call that was refused before leaves what it had in
     * the reader of its message until now.
     */
    private void over() {
        if (isOver) {
            return;
        }
        isOver = true;
        Call owner = call;
        if (owner == null || owner.hasEnded()) {
            calls.release(bytes);
        } else {
            owner.addRequestBytes(bytes);
        }
    }
}
