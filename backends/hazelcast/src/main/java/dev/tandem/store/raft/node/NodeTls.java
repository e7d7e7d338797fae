package dev.tandem.store.raft.node;

import java.nio.file.Path;

/**
 * Who we are on a link between sidecar and node, and whom we believe; each side shows a certificate. The files are read again
 * for connections that are made after they have changed.
 *
 * @param caFile certificates (PEM) of the authorities that may sign the other side's
 * @param certificateFile our own certificate (PEM), with those between it and its authority behind it
 * @param keyFile its private key (PEM, PKCS 8)
 */
public record NodeTls(Path caFile, Path certificateFile, Path keyFile) {}
