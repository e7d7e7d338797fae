package dev.tandem.store.redis.link;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** One event loop's servers, and which of them has a namespace. Touched only on that loop. */
interface Routes extends ServerLink.Events {
    /** Null, after it has failed the call, if nobody knows the namespace's server. */
    @Nullable
    ServerLink linkTo(Call call);

    Collection<ServerLink> links();
}
