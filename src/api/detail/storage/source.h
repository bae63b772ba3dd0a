#pragma once
// The source of a copy: a file of this same lake, named by URL.

#include "api/workspace.h"
#include "lake/staging.h"
#include "router/message.h"

namespace tarn::api::storage {

/// The path that x-ms-copy-source names; sources on other hosts are refused.
lake::LakePath path_of_source(const Workspace& workspace, const router::Request& request,
                              std::string_view url);

/// x-ms-copy-source with x-ms-source-range, opened; the caller is asked for the right to read it,
/// and the source conditions are checked.
lake::Segment source_of_copy(const Workspace& workspace, const router::Request& request);

}  // namespace tarn::api::storage
