package dev.tandem.store.redis.link;

import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/** The way to one server that has all namespaces: the one that was named, or the primary that Sentinels name. */
final class SingleRoutes implements Routes {
    private final ServerLink link;

    SingleRoutes(
            ContextInternal context,
            RedisOptions options,
            Connector connector,
            Supplier<Future<Endpoint>> whereabouts,
            LinkCounters counters) {
        this.link = new ServerLink(context, options, connector, whereabouts, this, counters);
        link.start();
    }

    @Override
    public ServerLink linkTo(Call call) {
        return link;
    }

    @Override
    public Collection<ServerLink> links() {
        return List.of(link);
    }

    @Override
    public boolean redirected(ServerLink from, Call call, ErrorType error) {
        return false;
    }

    @Override
    public void unreachable(ServerLink server) {}
}
