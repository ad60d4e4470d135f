find_package(Cython MODULE REQUIRED)
include(UseCython)

# coterie_extension(placement/_ring): builds src/coterie/placement/_ring.pyx as the extension coterie.placement._ring.
function(coterie_extension path)
    string(REPLACE "/" "." module "coterie.${path}")
    string(REPLACE "/" "_" target "coterie_${path}")
    get_filename_component(folder "coterie/${path}" DIRECTORY)
    cython_transpile("${PROJECT_SOURCE_DIR}/src/coterie/${path}.pyx" LANGUAGE C MODULE_NAME ${module}
                     OUTPUT "${PROJECT_BINARY_DIR}/${target}.c" OUTPUT_VARIABLE source
                     CYTHON_ARGS -I "${PROJECT_SOURCE_DIR}/src" -X language_level=3 -X binding=False)
    python_add_library(${target} MODULE WITH_SOABI "${source}")
    target_link_libraries(${target} PRIVATE coterie_core Python::NumPy)
    target_compile_definitions(${target} PRIVATE NPY_TARGET_VERSION=NPY_2_0_API_VERSION
                               NPY_NO_DEPRECATED_API=NPY_2_0_API_VERSION)
    set_target_properties(${target} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden)
    get_filename_component(name "${path}" NAME)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${folder}")
    install(TARGETS ${target} DESTINATION "${folder}")
endfunction()
