package dev.tandem.store.redis.link;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;

/** Opens links. */
public final class RedisLinks {
    private RedisLinks() {}

    /**
     * Opens a link, after every primary that it leads to was reached once and found fit.
     *
     * <p>Fails with a {@link StoreException} whose message says what to do: at once if a server is not what it should be
     * or promises less than is required, after {@link RedisOptions#startTimeout} if none can be reached. Completes on
     * the caller's context.
     */
    public static Future<RedisLink> open(Vertx vertx, RedisOptions options) {
        Promise<RedisLink> opened = ((VertxInternal) vertx).getOrCreateContext().promise();
        TopologyLink link = new TopologyLink(vertx, options);
        link.examine().onComplete(examined -> {
            if (examined.succeeded()) {
                opened.complete(link);
            } else {
                String why = String.valueOf(examined.cause().getMessage());
                link.close().onComplete(closed -> opened.fail(new StoreException(FailureKind.NOT_APPLIED, why)));
            }
        });
        return opened.future();
    }
}
