/**
 * The surface of the sidecar: gRPC, gRPC-Web and JSON on one port, the mapping between messages and tasks, the one status
 * map, deadlines, health and draining.
 *
 * <p>The program starts it by {@link dev.tandem.grpc.ApiServer}. It reaches tasks only through the
 * {@link dev.tandem.store.TaskStore} that it is given, and must not know which store that is, nor how calls are routed.
 */
@NullMarked
package dev.tandem.grpc;

import org.jspecify.annotations.NullMarked;
