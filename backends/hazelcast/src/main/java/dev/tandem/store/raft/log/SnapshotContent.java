package dev.tandem.store.raft.log;

import java.io.IOException;
import java.io.OutputStream;

/** A state that can be written, on another thread and later: nothing may change it. */
@FunctionalInterface
public interface SnapshotContent {
    void writeTo(OutputStream out) throws IOException;
}
