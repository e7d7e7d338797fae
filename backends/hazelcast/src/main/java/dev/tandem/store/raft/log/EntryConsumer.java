package dev.tandem.store.raft.log;

import java.io.IOException;

/** Takes entries in turn. */
@FunctionalInterface
public interface EntryConsumer {
    void accept(Entry entry) throws IOException;
}
