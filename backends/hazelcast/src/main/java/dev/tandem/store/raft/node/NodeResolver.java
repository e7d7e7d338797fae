package dev.tandem.store.raft.node;

import io.vertx.core.Future;
import java.util.List;

/** Finds the addresses that a host's name stands for: all of them. */
@FunctionalInterface
public interface NodeResolver {
    /** The numeric addresses; fails, with a sentence, if the name can't be looked up. */
    Future<List<String>> resolve(String host);
}
